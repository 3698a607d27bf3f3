// expect: {"byAge":["ada","Cleo","Eli","Bo"],"byName":["ada","Bo","Cleo","Eli"],"plain":[1,10,100,9]}
const people = [
  { name: "Eli", age: 30 },
  { name: "ada", age: 25 },
  { name: "Bo", age: 30 },
  { name: "Cleo", age: 25 },
];
const byAge = [...people].sort((a, b) => a.age - b.age).map((person) => person.name);
const byName = [...people].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1)).map((person) => person.name);
const plain = [10, 9, 1, 100].sort();
return { byAge, byName, plain };
