// ends: timeout
return Promise.resolve(1).then(() => { for (;;) {} });
