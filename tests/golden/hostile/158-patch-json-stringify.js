// ends: ok
// expect: {"a":1}
JSON.stringify = () => '"stolen"';
return { a: 1 };
