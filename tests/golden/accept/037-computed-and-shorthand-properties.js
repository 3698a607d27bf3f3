// expect: {"status":"paid","x-status":"PAID","a.b":true,"describe":"paid!"}
const field = "status";
const prefix = "x-";
const build = (value) => ({
  [field]: value,
  [`${prefix}${field}`]: value.toUpperCase(),
  [["a", "b"].join(".")]: true,
  describe() {
    return `${this[field]}!`;
  },
});
const built = build("paid");
return { ...built, describe: built.describe() };
