// refuse: no-prototype-access 2:50
function of<T>(value: T) { return (value as any)["constructor"]; }
return of<number>(1);
