// ends: timeout
function* all() { for (let i = 0; ; i++) yield i; }
for (const x of all()) {}
