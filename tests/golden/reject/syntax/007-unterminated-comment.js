// refuse: syntax 2:11
return 1; /* note
