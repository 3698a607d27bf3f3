// refuse: no-bidi-characters 2:10
return `a‪b`;
