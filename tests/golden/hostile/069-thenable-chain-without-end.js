// ends: timeout
const next = () => ({ then(resolve) { resolve(next()); } });
return next();
