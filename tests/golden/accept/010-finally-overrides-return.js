// expect: {"value":"from try","log":["body 0","cleanup 0","cleanup 1","body 2","cleanup 2"]}
const log = [];
const once = () => {
  for (let i = 0; i < 3; i++) {
    try {
      if (i === 1) continue;
      log.push(`body ${i}`);
      if (i === 2) return "from try";
    } finally {
      log.push(`cleanup ${i}`);
    }
  }
};
return { value: once(), log };
