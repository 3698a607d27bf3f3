// refuse: syntax 2:5
{"a": 1, "b": 2}
