// expect: {"route":["label_created@Warehouse","in_transit@Lyon","delivered@Berlin"],"order":"delivered"}
const shipment = await acme.createShipment({ orderId: "ord_1001", carrier: "swift" });
await acme.updateShipment({ shipmentId: shipment.id, status: "in_transit", location: "Lyon" });
await acme.updateShipment({ shipmentId: shipment.id, status: "delivered", location: "Berlin" });
const [tracking, order] = await Promise.all([
  acme.trackShipment({ shipmentId: shipment.id }),
  acme.getOrder({ orderId: "ord_1001" }),
]);
return { route: tracking.events.map(({ status, location }) => `${status}@${location}`), order: order.status };
