// refuse: reserved-name 3:1
JSON.parse("1");
JSON = {};
