// refuse: no-prototype-access 2:10
return { __proto__ };
