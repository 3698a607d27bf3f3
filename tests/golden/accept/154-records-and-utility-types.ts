// expect: {"missing":["E-mail"],"contact":{"email":"x"}}
type Field = "name" | "email" | "age";
const labels: Record<Field, string> = { name: "Name", email: "E-mail", age: "Age" };
const required: ReadonlyArray<Field> = ["name", "email"];
const draft: Partial<Record<Field, string | number>> = { name: "Ada" };
const missing: Exclude<Field, "age">[] = required.filter((field): field is Exclude<Field, "age"> => !(field in draft) && field !== "age");
type Contact = Pick<typeof labels, "email">;
const contact: Contact = { email: "x" };
return { missing: missing.map((field) => labels[field]), contact };
