// refuse: no-prototype-access 2:23
const read = (o) => o[key];
const key = "constructor";
return read([]);
