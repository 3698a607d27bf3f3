// expect: [true,true,true,true]
const attempts = [{}, { orderId: 1001 }, { orderId: "1001" }, { orderId: "ord_1001", colour: "red" }];
const refused = [];
for (const args of attempts) {
  const answer = await callTool("acme.getOrder", args, { throwOnError: false });
  refused.push(!answer.success);
}
return refused;
