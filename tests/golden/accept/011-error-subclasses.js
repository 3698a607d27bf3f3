// expect: [["ValidationError","age: must be a number",true,false],["RangeProblem","age: must be between 0 and 150",true,true],42]
class ValidationError extends Error {
  constructor(field, message) {
    super(`${field}: ${message}`);
    this.name = "ValidationError";
    this.field = field;
  }
}
class RangeProblem extends ValidationError {
  constructor(field, { min, max }) {
    super(field, `must be between ${min} and ${max}`);
    this.name = "RangeProblem";
  }
}
const check = (age) => {
  if (typeof age !== "number") throw new ValidationError("age", "must be a number");
  if (age < 0 || age > 150) throw new RangeProblem("age", { min: 0, max: 150 });
  return age;
};
return ["x", 200, 42].map((age) => {
  try {
    return check(age);
  } catch (error) {
    return [error.name, error.message, error instanceof ValidationError, error instanceof RangeProblem];
  }
});
