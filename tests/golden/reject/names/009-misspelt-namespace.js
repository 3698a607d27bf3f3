// refuse: unknown-global 2:8
return acmee.getOrder({ id: 1 });
