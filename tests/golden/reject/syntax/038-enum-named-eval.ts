// refuse: syntax 2:10
enum E { eval = 1 }
