// refuse: no-prototype-access 3:20
// refuse: no-prototype-access 3:32
return ({} as any).constructor.constructor("return 1")();
