// refuse: no-modules 2:1
import type { Order } from "./types";
let o: Order;
