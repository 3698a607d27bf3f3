// refuse: no-prototype-access 2:11
return [][String.fromCodePoint(0x63, 0x6f) + "nstructor"];
