// ends: runtime_error
const grow = (n) => ({ toJSON() { return { next: grow(n + 1) }; } });
return grow(0);
