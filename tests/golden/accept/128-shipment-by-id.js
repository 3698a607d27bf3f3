// expect: {"carrier":"northpost","stuck":true,"customerId":"cus_015"}
const shipment = await acme.getShipment({ shipmentId: "shp_1003" });
const { events } = await acme.trackShipment({ shipmentId: shipment.id });
const stuck = events.some((event) => event.status === "exception");
const order = stuck ? await acme.getOrder({ orderId: shipment.orderId }) : null;
return { carrier: shipment.carrier, stuck, customerId: order?.customerId ?? null };
