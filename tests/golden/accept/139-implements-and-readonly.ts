// expect: {"kind":"square","area":9,"sides":4,"tag":false}
interface Shape {
  readonly kind: string;
  area(): number;
}
class Square implements Shape {
  readonly kind = "square";
  static readonly sides: number = 4;
  declare tag?: string;
  constructor(private side: number) {}
  area(): number {
    return this.side ** 2;
  }
}
const shape: Shape = new Square(3);
return { kind: shape.kind, area: shape.area(), sides: Square.sides, tag: "tag" in shape };
