// expect: {"result":100,"log":["got 6","stop","cleanup"]}
const log = [];
const result = await Promise.resolve(5)
  .then((value) => value + 1)
  .then((value) => {
    log.push(`got ${value}`);
    throw new Error("stop");
  })
  .catch((error) => {
    log.push(error.message);
    return 100;
  })
  .finally(() => log.push("cleanup"));
return { result, log };
