// refuse: no-look-alike-names 2:12
return ctx.userАdmin;
