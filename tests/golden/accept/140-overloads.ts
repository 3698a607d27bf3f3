// expect: [6,"51",["a",1]]
function parse(value: string): number;
function parse(value: number): string;
function parse(value: string | number): string | number {
  return typeof value === "string" ? Number(value) : String(value);
}
class Box {
  put(value: string): this;
  put(value: number): this;
  put(value: unknown): this {
    this.values.push(value);
    return this;
  }
  values: unknown[] = [];
}
return [parse("5") + 1, parse(5) + "1", new Box().put("a").put(1).values];
