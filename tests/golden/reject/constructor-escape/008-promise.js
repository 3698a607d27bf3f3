// refuse: no-prototype-access 2:27
return Promise.resolve(1).constructor;
