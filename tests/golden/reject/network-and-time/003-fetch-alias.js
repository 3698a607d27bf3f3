// refuse: no-network 2:13
const get = fetch;
return get("https://example.com");
