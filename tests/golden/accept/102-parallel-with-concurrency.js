// expect: ["shp_1003 northpost cus_015","shp_1023 swift cus_035","shp_1043 parcelone cus_016","shp_1063 northpost cus_036","shp_1083 swift cus_017","shp_1103 parcelone cus_037","shp_1123 northpost cus_018","shp_1143 swift cus_038","shp_1163 parcelone cus_019","shp_1183 northpost cus_039"]
const { items } = await acme.listShipments({ status: ["exception"], limit: 100 });
const orders = await parallel(items, (shipment) => acme.getOrder({ orderId: shipment.orderId }), { concurrency: 3 });
return items.map((shipment, index) => `${shipment.id} ${shipment.carrier} ${orders[index].customerId}`);
