// refuse: no-prototype-access 5:11
// refuse: no-prototype-access 5:26
const set = (o, [head, ...rest], v) => rest.length ? set(o[head], rest, v) : (o[head] = v);
set({}, ["x"], 1);
return {}["constructor"]["prototype"];
