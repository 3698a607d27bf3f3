// ends: runtime_error
console.log = () => {};
