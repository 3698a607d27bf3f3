// refuse: no-prototype-access 2:10
const [{ constructor }] = [{}];
return constructor;
