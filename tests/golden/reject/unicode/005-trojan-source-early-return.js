// refuse: no-bidi-characters 6:3
// refuse: no-bidi-characters 6:7
// refuse: no-bidi-characters 6:18
// refuse: no-bidi-characters 6:20
let admin = false;
/*‮ } ⁦if (admin)⁩ ⁦ begin admins only */
return admin;
