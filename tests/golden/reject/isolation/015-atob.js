// refuse: unknown-global 2:16
return []["" + atob("Y29uc3RydWN0b3I=")];
