// refuse: no-prototype-access 4:27
const pick = (o, ...parts) => o[parts.join("")];
const key = ["const", "ructor"].join("");
return [pick([], "a"), [][key]];
