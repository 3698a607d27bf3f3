// refuse: unknown-global 2:8
return arguments.length;
