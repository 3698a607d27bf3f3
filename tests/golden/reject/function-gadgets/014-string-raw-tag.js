// refuse: no-prototype-access 2:19
return String.raw.constructor`return 1`;
