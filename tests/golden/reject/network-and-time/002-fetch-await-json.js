// refuse: no-network 2:17
const r = await fetch("https://example.com/data");
return r.json();
