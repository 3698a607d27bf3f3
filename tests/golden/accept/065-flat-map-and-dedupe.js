// expect: {"pairs":[["gift",1],["express",1],["gift",3]],"unique":["express","gift"],"index":{"gift":[1,3],"express":[1]}}
const orders = [
  { id: 1, tags: ["gift", "express"] },
  { id: 2, tags: [] },
  { id: 3, tags: ["gift"] },
];
const pairs = orders.flatMap(({ id, tags }) => tags.map((tag) => [tag, id]));
const unique = [...new Set(orders.flatMap((order) => order.tags))].sort();
const index = pairs.reduce((map, [tag, id]) => ({ ...map, [tag]: [...(map[tag] ?? []), id] }), {});
return { pairs, unique, index };
