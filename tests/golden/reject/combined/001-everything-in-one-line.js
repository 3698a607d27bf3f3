// refuse: no-eval 7:9
// refuse: no-eval 7:15
// refuse: no-host-access 7:25
// refuse: no-global-object 7:34
// refuse: no-prototype-access 7:49
// refuse: unknown-global 7:62
return [eval, Function, process, globalThis, {}.constructor, undeclared];
