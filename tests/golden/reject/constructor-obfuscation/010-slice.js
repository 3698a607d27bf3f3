// refuse: no-prototype-access 2:11
return []["xxconstructorxx".slice(2, -2)];
