// refuse: syntax 2:1
break;
