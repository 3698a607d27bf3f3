// refuse: no-prototype-access 2:12
return (5).constructor;
