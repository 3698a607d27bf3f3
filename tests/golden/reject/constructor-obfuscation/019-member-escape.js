// refuse: no-prototype-access 2:11
return [].c\u006fnstructor;
