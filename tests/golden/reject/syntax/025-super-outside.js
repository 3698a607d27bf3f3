// refuse: syntax 2:8
return super.x;
