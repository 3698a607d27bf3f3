// expect: {"keys":["A2","B1"],"values":["Cleo","Bo"],"object":{"A2":"Cleo","B1":"Bo"},"forEachOrder":["A2=Cleo","B1=Bo"]}
const seats = new Map([["A1", null], ["A2", "Ada"], ["B1", "Bo"]]);
seats.delete("A1");
seats.set("A2", "Cleo");
const forEachOrder = [];
seats.forEach((who, seat) => forEachOrder.push(`${seat}=${who}`));
return { keys: [...seats.keys()], values: [...seats.values()], object: Object.fromEntries(seats), forEachOrder };
