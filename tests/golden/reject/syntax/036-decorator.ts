// refuse: syntax 3:1
let track: any;
@track class A {}
