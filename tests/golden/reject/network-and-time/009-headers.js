// refuse: no-network 2:12
return new Headers();
