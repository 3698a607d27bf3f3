// refuse: no-host-access 2:1
module.exports = 1;
