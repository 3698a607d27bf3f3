// refuse: no-prototype-access 2:34
const tag = (strings) => strings.constructor;
return tag`x`;
