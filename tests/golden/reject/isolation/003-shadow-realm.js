// refuse: no-realms 2:12
return new ShadowRealm().evaluate("1");
