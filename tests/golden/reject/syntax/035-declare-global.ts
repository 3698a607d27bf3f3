// refuse: syntax 2:1
declare global { interface Window { x: any } }
