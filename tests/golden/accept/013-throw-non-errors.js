// expect: ["text",7,null,{"code":"E_X"}]
const caught = [];
for (const thrown of ["text", 7, null, { code: "E_X" }]) {
  try {
    throw thrown;
  } catch (value) {
    caught.push(value);
  }
}
return caught;
