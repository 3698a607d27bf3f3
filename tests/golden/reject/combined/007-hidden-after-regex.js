// refuse: no-eval 2:26
return /[/]/.test("/") ? eval("1") : /\//.source;
