// refuse: reserved-name 2:1
Array = null;
