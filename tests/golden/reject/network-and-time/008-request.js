// refuse: no-network 2:12
return new Request("https://example.com");
