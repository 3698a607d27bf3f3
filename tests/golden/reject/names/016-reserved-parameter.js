// refuse: reserved-name 2:17
return [1].map((ctx) => ctx);
