// expect: {"409":["string","string","acme.failingReport"],"429":["string","string","acme.failingReport"],"500":["string","string","acme.failingReport"]}
const outcomes = {};
for (const status of [409, 429, 500]) {
  try {
    await acme.failingReport({ status });
  } catch ({ name, message, toolName }) {
    outcomes[status] = [typeof name, typeof message, toolName];
  }
}
return outcomes;
