// refuse: unknown-global 2:8
return input.orderId;
