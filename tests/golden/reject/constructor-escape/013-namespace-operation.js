// refuse: no-prototype-access 2:22
return acme.getOrder.constructor("return 1")();
