// ends: ok
// expect: true
class Odd { static [Symbol.hasInstance]() { return true; } }
return 1 instanceof Odd;
