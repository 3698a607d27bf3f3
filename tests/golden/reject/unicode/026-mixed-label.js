// refuse: no-look-alike-names 3:1
// refuse: no-look-alike-names 3:22
lооp: for (;;) break lооp;
return 1;
