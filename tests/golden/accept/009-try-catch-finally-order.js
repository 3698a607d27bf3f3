// expect: {"results":["returned","recovered"],"order":["try","finally","try","catch no","finally"]}
const order = [];
function attempt(fail) {
  try {
    order.push("try");
    if (fail) throw new Error("no");
    return "returned";
  } catch (error) {
    order.push(`catch ${error.message}`);
    return "recovered";
  } finally {
    order.push("finally");
  }
}
const results = [attempt(false), attempt(true)];
return { results, order };
