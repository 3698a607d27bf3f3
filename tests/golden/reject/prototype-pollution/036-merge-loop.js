// refuse: no-prototype-access 3:10
const merge = (to, from) => { for (const k in from) to[k] = from[k]; return to; };
merge({}.__proto__, { polluted: 1 });
return {}.polluted;
