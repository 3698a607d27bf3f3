// refuse: reserved-name 2:6
enum billing { A }
return billing.A;
