// refuse: no-prototype-access 3:11
// refuse: no-prototype-access 3:165
return []["const-ructor".replace("-", "")["replace"]("ructor", "ructor")["replace"]("const", "const")["concat"]("")["replace"]("constructor", "constructor")] ?? []["con-structor".replace("-", "")];
