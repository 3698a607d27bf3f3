// refuse: no-prototype-access 2:13
return ctx?.__proto__;
