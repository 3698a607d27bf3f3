// ends: runtime_error
const list = [];
for (let i = 0; ; i++) list.push({ i, text: `${i}` });
