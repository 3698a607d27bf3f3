// refuse: no-prototype-access 2:33
return (function () {}).bind(1).constructor("return 1")();
