// refuse: no-prototype-access 2:54
return Promise.reject(new Error("x")).catch((e) => e.constructor);
