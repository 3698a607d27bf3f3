// refuse: reserved-name 2:1
undefined = 1;
