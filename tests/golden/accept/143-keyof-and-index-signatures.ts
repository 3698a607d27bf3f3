// expect: {"names":["Ada","Bo"],"ages":[36,41],"oldest":"Bo","pen":2490}
interface Prices {
  [sku: string]: number;
}
const prices: Prices = { pen: 2490, ink: 890 };
function pluck<T, K extends keyof T>(list: T[], key: K): T[K][] {
  return list.map((item) => item[key]);
}
const people = [{ name: "Ada", age: 36 }, { name: "Bo", age: 41 }];
type Person = (typeof people)[number];
const oldest: Person = people.reduce((a: Person, b: Person) => (a.age > b.age ? a : b));
return { names: pluck(people, "name"), ages: pluck(people, "age"), oldest: oldest.name, pen: prices["pen"] };
