// expect: [{"a":1},"invalid",[1,2],"invalid"]
const parse = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
return ['{"a":1}', "{oops", "[1,2]", ""].map((text) => parse(text) ?? "invalid");
