// expect: {"top":["b",15],"made":1}
class Counter<K = string> {
  #counts: Map<K, number> = new Map();
  private static instances = 0;
  constructor(private readonly start: number = 0) {
    Counter.instances += 1;
  }
  add(key: K, by: number = 1): this {
    this.#counts.set(key, (this.#counts.get(key) ?? this.start) + by);
    return this;
  }
  get top(): [K, number] | undefined {
    return [...this.#counts].sort(([, a], [, b]) => b - a)[0];
  }
  static get made(): number {
    return this.instances;
  }
}
const counter = new Counter<string>(10).add("a").add("b", 5).add("a", 2);
return { top: counter.top ?? null, made: Counter.made };
