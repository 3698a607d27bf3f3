// refuse: no-weak-references 2:12
return new WeakRef({});
