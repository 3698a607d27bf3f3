// refuse: no-prototype-access 2:9
const { prototype: p } = callTool;
return p;
