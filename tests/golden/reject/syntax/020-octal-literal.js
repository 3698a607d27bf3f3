// refuse: syntax 2:8
return 017;
