// expect: [750,"ada:750",2,true,false]
class Account {
  #balance = 0;
  static #opened = 0;
  static get opened() {
    return Account.#opened;
  }
  constructor(owner) {
    this.owner = owner;
    Account.#opened++;
  }
  deposit(cents) {
    if (cents <= 0) throw new RangeError("deposit must be positive");
    this.#balance += cents;
    return this;
  }
  get balance() {
    return this.#balance;
  }
  #secret() {
    return `${this.owner}:${this.#balance}`;
  }
  describe() {
    return this.#secret();
  }
  static isAccount(value) {
    return #balance in value;
  }
}
const account = new Account("ada").deposit(500).deposit(250);
new Account("bo");
return [account.balance, account.describe(), Account.opened, Account.isAccount(account), Account.isAccount({})];
