// refuse: no-prototype-access 3:20
const key: string = "constructor";
return ([] as any)[key];
