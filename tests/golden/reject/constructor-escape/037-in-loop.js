// refuse: no-prototype-access 3:35
let v = [];
for (let i = 0; i < 3; i++) v = v.constructor;
return v;
