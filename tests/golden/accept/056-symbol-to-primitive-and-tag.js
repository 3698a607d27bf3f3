// expect: {"text":"19.99 EUR","doubled":3998,"bigger":true,"json":"{\"amount\":19.99,\"currency\":\"EUR\"}"}
class Money {
  constructor(cents, currency) {
    this.cents = cents;
    this.currency = currency;
  }
  [Symbol.toPrimitive](hint) {
    return hint === "number" ? this.cents : `${(this.cents / 100).toFixed(2)} ${this.currency}`;
  }
  toJSON() {
    return { amount: this.cents / 100, currency: this.currency };
  }
}
const price = new Money(1999, "EUR");
return { text: `${price}`, doubled: +price * 2, bigger: price > new Money(500, "EUR"), json: JSON.stringify(price) };
