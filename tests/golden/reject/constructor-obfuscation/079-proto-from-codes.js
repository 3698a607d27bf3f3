// refuse: no-prototype-access 2:13
return ({})[String.fromCharCode(95, 95) + "proto" + "__"];
