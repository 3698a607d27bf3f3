// refuse: no-prototype-access 3:10
const o = JSON.parse('{"__proto__": {"x": 1}}');
return o.__proto__.x;
