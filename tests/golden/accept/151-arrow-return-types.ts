// expect: [100,0,2,0,1,8,101]
const clamp = (value: number, low = 0, high = 100): number => (value < low ? low : value > high ? high : value);
const pick = (on: boolean) => (on ? (x: number): number => x + 1 : (x: number): number => x - 1);
const make = (): { a: number } => ({ a: 1 });
const later = async (ms: number): Promise<number> => ms * 2;
const compose = (...fns: Array<(x: number) => number>) => (x: number): number => fns.reduce((value, fn) => fn(value), x);
return [clamp(150), clamp(-5), pick(true)(1), pick(false)(1), make().a, await later(4), compose(clamp, pick(true))(500)];
