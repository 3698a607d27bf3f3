// expect: ["p(3, 0)",3,"q: q(4, 1)"]
class Point {
  constructor(
    public readonly x: number,
    public readonly y: number = 0,
    private label: string = "p",
  ) {}
  describe(): string {
    return `${this.label}(${this.x}, ${this.y})`;
  }
}
class Named extends Point {
  constructor(x: number, protected readonly name: string) {
    super(x, 1, name);
  }
  get title(): string {
    return `${this.name}: ${this.describe()}`;
  }
}
const point = new Point(3);
return [point.describe(), point.x + point.y, new Named(4, "q").title];
