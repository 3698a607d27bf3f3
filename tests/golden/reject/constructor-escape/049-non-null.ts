// refuse: no-prototype-access 2:13
return ctx!.constructor;
