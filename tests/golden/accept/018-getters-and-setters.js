// expect: {"before":68,"after":10}
const thermostat = {
  _celsius: 20,
  get fahrenheit() {
    return this._celsius * 1.8 + 32;
  },
  set fahrenheit(value) {
    this._celsius = (value - 32) / 1.8;
  },
};
const before = thermostat.fahrenheit;
thermostat.fahrenheit = 50;
return { before, after: Math.round(thermostat._celsius * 10) / 10 };
