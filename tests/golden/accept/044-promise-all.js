// expect: {"sum":322,"nested":[3,5,7]}
const double = async (value) => value * 2;
const [a, b, c] = await Promise.all([double(1), Promise.resolve(20), 300]);
const nested = await Promise.all([1, 2, 3].map(async (value) => (await double(value)) + 1));
return { sum: a + b + c, nested };
