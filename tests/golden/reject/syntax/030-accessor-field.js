// refuse: syntax 2:11
class A { accessor x = 1; }
