// refuse: no-look-alike-names 3:8
// refuse: unknown-global 3:8
return cаllTool("acme.getOrder", {});
