// refuse: no-network 2:8
return fetch("https://example.com");
