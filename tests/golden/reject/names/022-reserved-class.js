// refuse: reserved-name 2:7
class skills {}
return new skills();
