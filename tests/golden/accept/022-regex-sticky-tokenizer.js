// expect: ["name:price","sign:*","sign:(","number:1","sign:+","name:vat","sign:)","sign:>=","number:12.5"]
const source = "price * (1 + vat) >= 12.5";
const token = /\s*(?:(?<number>\d+(?:\.\d+)?)|(?<name>[a-z]+)|(?<sign>>=|[-+*/()]))/y;
const tokens = [];
while (token.lastIndex < source.length) {
  const match = token.exec(source);
  if (!match) throw new SyntaxError("unexpected character");
  const [kind, value] = Object.entries(match.groups).find(([, text]) => text !== undefined);
  tokens.push(`${kind}:${value}`);
}
return tokens;
