// expect: {"first":["mail ord_1",100],"second":[14],"none":[]}
class Emitter {
  #listeners = new Map();
  on(event, listener) {
    const list = this.#listeners.get(event) ?? [];
    this.#listeners.set(event, [...list, listener]);
    return () => this.#listeners.set(event, this.#listeners.get(event).filter((other) => other !== listener));
  }
  emit(event, ...details) {
    return (this.#listeners.get(event) ?? []).map((listener) => listener(...details));
  }
}
const emitter = new Emitter();
const stop = emitter.on("paid", (id) => `mail ${id}`);
emitter.on("paid", (id, cents) => cents * 2);
const first = emitter.emit("paid", "ord_1", 50);
stop();
return { first, second: emitter.emit("paid", "ord_2", 7), none: emitter.emit("lost") };
