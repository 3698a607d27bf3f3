// refuse: no-prototype-access 2:14
for (const { constructor } of [{}]) return constructor;
