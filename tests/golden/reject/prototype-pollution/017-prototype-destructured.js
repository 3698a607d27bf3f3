// refuse: no-prototype-access 2:9
const { prototype } = Array;
return prototype;
