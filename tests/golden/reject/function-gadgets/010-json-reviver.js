// refuse: no-prototype-access 2:60
return JSON.parse('{"a":1}', function (k, v) { return this.constructor; });
