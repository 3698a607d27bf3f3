// refuse: no-prototype-access 2:12
return ctx.constructor;
