// refuse: no-host-access 2:1
exports.x = 1;
