// refuse: no-prototype-access 3:13
// refuse: no-prototype-access 3:26
return ctx?.constructor?.constructor;
