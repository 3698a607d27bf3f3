// refuse: no-eval 2:20
enum Level { Low = eval("1") }
return Level.Low;
