// expect: {"retries":4,"name":"ADA","double":72,"first":"a"}
const config = {
  retries: 3,
  mode: "fast",
} satisfies Record<string, number | string>;
const parsed = JSON.parse('{"name":"Ada","age":36}') as { name: string; age: number };
const literal = ["a", "b"] as const;
const double = (parsed as unknown as { age: number }).age * 2;
return { retries: config.retries + 1, name: parsed.name.toUpperCase(), double, first: literal[0] };
