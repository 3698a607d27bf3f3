// refuse: no-prototype-access 2:20
return ({} as any).__proto__;
