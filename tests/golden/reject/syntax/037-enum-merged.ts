// refuse: syntax 2:6
enum E { A }
enum E { B = 1 }
