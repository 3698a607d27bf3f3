// expect: {"logged":true}
console.log("starting", { step: 1 });
console.warn("careful");
mcpLog("info", "half way", { done: 0.5 });
mcpNotify("progress", { percent: 100 });
return { logged: true };
