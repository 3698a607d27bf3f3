// refuse: no-prototype-access 2:13
return (1n).constructor;
