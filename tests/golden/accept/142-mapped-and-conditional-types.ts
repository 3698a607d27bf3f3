// expect: [{"a":1,"b":3},"onClick","x"]
type Optional<T> = { [K in keyof T]?: T[K] };
type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type ElementOf<T> = T extends readonly (infer U)[] ? U : never;
type EventName<T extends string> = `on${Capitalize<T>}`;
const patch = <T extends object>(base: T, change: Optional<T>): Mutable<T> => ({ ...base, ...change });
const name: EventName<"click"> = "onClick";
const first: ElementOf<string[]> = "x";
return [patch({ a: 1, b: 2 }, { b: 3 }), name, first];
