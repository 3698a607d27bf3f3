// refuse: no-eval 2:27
const 名前 = "価格 😀"; return eval(名前);
