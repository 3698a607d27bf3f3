// expect: [0,1,4]
async function* ticker(count) {
  for (let i = 0; i < count; i++) {
    await Promise.resolve();
    yield i * i;
  }
}
const squares = [];
for await (const square of ticker(5)) {
  if (square === 9) break;
  squares.push(square);
}
return squares;
