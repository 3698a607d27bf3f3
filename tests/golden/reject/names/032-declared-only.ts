// refuse: unknown-global 3:8
declare const secretStore: any;
return secretStore.get("x");
