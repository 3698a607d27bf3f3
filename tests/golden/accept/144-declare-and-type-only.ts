// expect: 42
// input: {"rate":21}
declare const ctx: { input: { rate: number } };
declare function unused(value: string): void;
interface Unused { a: number }
type AlsoUnused = Unused & { b: string };
return ctx.input.rate * 2;
