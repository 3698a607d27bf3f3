// refuse: no-prototype-access 2:51
return ["constructor"].reduce((o, k) => o[k], {}).constructor;
