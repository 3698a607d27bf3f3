// expect: {"label":"photo of the damage","size":18,"count":1}
const attached = await acme.attachFile({ orderId: "ord_1003", label: "photo of the damage", file: "not really a photo" });
const all = await acme.listOrderAttachments({ orderId: "ord_1003" });
return { label: attached.label, size: attached.sizeBytes, count: all.length };
