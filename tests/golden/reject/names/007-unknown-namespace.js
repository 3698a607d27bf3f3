// refuse: unknown-global 2:8
return stripe.createCharge({ amount: 1 });
