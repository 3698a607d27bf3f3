// refuse: no-eval 4:8
interface Function { marker: string }
const text: string = "return 1";
return Function(text)();
