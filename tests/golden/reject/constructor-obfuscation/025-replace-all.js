// refuse: no-prototype-access 2:11
return []["c_o_nstruct_or".replaceAll("_", "")];
