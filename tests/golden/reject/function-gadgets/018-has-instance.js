// refuse: no-prototype-access 2:55
class Odd { static [Symbol.hasInstance](v) { return v.constructor; } }
return {} instanceof Odd;
