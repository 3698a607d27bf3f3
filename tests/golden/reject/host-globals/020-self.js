// refuse: no-global-object 2:8
return self.fetch;
