// refuse: unknown-global 2:12
return new Intl.NumberFormat("en").format(1);
