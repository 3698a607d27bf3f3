// refuse: no-bidi-characters 2:7
return‏ 1;
