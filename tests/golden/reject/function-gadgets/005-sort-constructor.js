// refuse: no-prototype-access 2:27
return ["a", "b"].sort([].constructor);
