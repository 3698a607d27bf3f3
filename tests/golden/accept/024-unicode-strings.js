// expect: {"units":13,"characters":12,"codePoint":"1f680","upper":"ZOË 🚀 ŁUKASZ","letters":["Zoë","Łukasz"],"normalized":true}
const name = "Zoë 🚀 Łukasz";
return {
  units: name.length,
  characters: [...name].length,
  codePoint: name.codePointAt(4).toString(16),
  upper: name.toUpperCase(),
  letters: name.match(/\p{L}+/gu),
  normalized: "e\u0301" === "é".normalize("NFD"),
};
