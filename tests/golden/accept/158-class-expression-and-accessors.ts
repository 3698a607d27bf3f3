// expect: [22,"C",1]
const Temperature = class<T extends string = "C"> {
  private static _count: number = 0;
  private _degrees: number = 0;
  constructor(readonly unit: T) {
    Temperature._count++;
  }
  get degrees(): number {
    return this._degrees;
  }
  set degrees(value: number) {
    this._degrees = Math.round(value);
  }
  static count(): number {
    return this._count;
  }
};
const outside = new Temperature<"C">("C");
outside.degrees = 21.6;
return [outside.degrees, outside.unit, Temperature.count()];
