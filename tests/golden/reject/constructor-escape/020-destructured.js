// refuse: no-prototype-access 2:9
const { constructor } = [];
return constructor;
