// refuse: no-prototype-access 3:20
const keys = ["constructor"] as const;
return ([] as any)[keys[0]];
