// refuse: syntax 3:1
return 1;
}
