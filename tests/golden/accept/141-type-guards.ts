// expect: {"label":4,"tricks":["sit","roll"]}
interface Cat { kind: "cat"; lives: number }
interface Dog { kind: "dog"; tricks: string[] }
type Pet = Cat | Dog;
const isDog = (pet: Pet): pet is Dog => pet.kind === "dog";
function assertText(value: unknown): asserts value is string {
  if (typeof value !== "string") throw new TypeError("not a text");
}
const pets: Pet[] = [{ kind: "cat", lives: 9 }, { kind: "dog", tricks: ["sit", "roll"] }];
const label: unknown = "pets";
assertText(label);
return { label: label.length, tricks: pets.filter(isDog).flatMap((dog) => dog.tricks) };
