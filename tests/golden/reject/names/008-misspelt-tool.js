// refuse: unknown-global 2:8
return calltool("acme.getOrder", {});
