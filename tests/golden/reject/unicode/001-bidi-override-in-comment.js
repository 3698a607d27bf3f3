// refuse: no-bidi-characters 3:4
// refuse: no-bidi-characters 3:12
/* ‮ check ⁦ */
return 1;
