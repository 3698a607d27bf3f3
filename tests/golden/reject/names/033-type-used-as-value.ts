// refuse: unknown-global 3:8
interface Order { id: string }
return Order;
