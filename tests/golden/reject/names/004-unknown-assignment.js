// refuse: unknown-global 3:1
// refuse: unknown-global 4:8
total = 1;
return total;
