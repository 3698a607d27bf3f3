// expect: [3,4,2,1,"-","*","+"]
const stack = [];
const output = [];
const precedence = { "+": 1, "-": 1, "*": 2, "/": 2 };
for (const token of "3 + 4 * ( 2 - 1 )".split(" ")) {
  if (/^\d+$/.test(token)) output.push(Number(token));
  else if (token === "(") stack.push(token);
  else if (token === ")") {
    while (stack.at(-1) !== "(") output.push(stack.pop());
    stack.pop();
  } else {
    while (stack.length && precedence[stack.at(-1)] >= precedence[token]) output.push(stack.pop());
    stack.push(token);
  }
}
while (stack.length) output.push(stack.pop());
return output;
