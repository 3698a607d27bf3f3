// refuse: no-prototype-access 3:11
// refuse: no-prototype-access 3:26
return []["constructor"]["constructor"]("return 1")();
