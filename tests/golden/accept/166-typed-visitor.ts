// expect: [12,"(4 * (1 + 2))"]
type Expression =
  | { op: "number"; value: number }
  | { op: "add" | "multiply"; left: Expression; right: Expression };
interface Visitor<R> {
  number(value: number): R;
  binary(op: "add" | "multiply", left: R, right: R): R;
}
function visit<R>(expression: Expression, visitor: Visitor<R>): R {
  if (expression.op === "number") return visitor.number(expression.value);
  return visitor.binary(expression.op, visit(expression.left, visitor), visit(expression.right, visitor));
}
const number = (value: number): Expression => ({ op: "number", value });
const tree: Expression = { op: "multiply", left: number(4), right: { op: "add", left: number(1), right: number(2) } };
const evaluate: Visitor<number> = { number: (v) => v, binary: (op, l, r) => (op === "add" ? l + r : l * r) };
const print: Visitor<string> = { number: String, binary: (op, l, r) => `(${l} ${op === "add" ? "+" : "*"} ${r})` };
return [visit(tree, evaluate), visit<string>(tree, print)];
