// expect: "pen=5\nink=7"
abstract class Report<T> {
  abstract rows(): T[];
  protected abstract format(row: T): string;
  render(): string {
    return this.rows().map((row) => this.format(row)).join("\n");
  }
}
class Totals extends Report<[string, number]> {
  constructor(private readonly data: Record<string, number>) {
    super();
  }
  override rows(): [string, number][] {
    return Object.entries(this.data);
  }
  protected override format([name, cents]: [string, number]): string {
    return `${name}=${cents}`;
  }
}
return new Totals({ pen: 5, ink: 7 }).render();
