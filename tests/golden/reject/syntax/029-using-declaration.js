// refuse: syntax 2:1
using order = await acme.getOrder({ id: 1 });
