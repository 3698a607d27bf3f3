// refuse: no-prototype-access 3:11
// refuse: no-prototype-access 3:31
return []["con" + "structor"]["construct" + "or"]("return 1")();
