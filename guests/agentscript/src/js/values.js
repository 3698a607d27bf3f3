// Values leaving the sandbox: as JSON, and as text for logs. Changes nothing a script can see.
() => {
  const { stringify } = JSON;
  const { apply } = Reflect;
  const { defineProperty, getPrototypeOf, keys } = Object;
  const { from } = Array;
  const { forEach: eachOfMap } = Map.prototype;
  const { forEach: eachOfSet } = Set.prototype;
  const { toString: bigintText } = BigInt.prototype;
  const { toString: symbolText } = Symbol.prototype;
  const { replace, toWellFormed } = String.prototype;
  const { floor } = Math;
  const ErrorType = Error, NumberType = Number, StringType = String, TypeErrorType = TypeError;

  // JSON leaves these types out or refuses them. While we encode, they have a `toJSON`;
  // at any other time the property reads undefined, so the script's own JSON is standard.
  let encoding = false;
  const form = (prototype, convert) => defineProperty(prototype, 'toJSON', {
    configurable: true,
    get: () => (encoding ? convert : undefined),
    set(value) {
      defineProperty(this, 'toJSON', { value, writable: true, enumerable: true, configurable: true });
    },
  });
  form(BigInt.prototype, function () { return apply(bigintText, this, []); });
  form(Map.prototype, function () {
    const object = {};
    apply(eachOfMap, this, [(value, key) => { object[inspect(key)] = value; }]);
    return object;
  });
  form(Set.prototype, function () {
    const list = [];
    apply(eachOfSet, this, [(value) => { list[list.length] = value; }]);
    return list;
  });
  form(getPrototypeOf(Uint8Array.prototype), function () { return from(this); });
  form(RegExp.prototype, function () { return `${this}`; });
  form(Promise.prototype, () => '[Promise: not awaited]');
  form(ErrorType.prototype, function () {
    const object = { name: this.name, message: this.message };
    const own = keys(this);
    for (let i = 0; i < own.length; i++) object[own[i]] = this[own[i]];
    return object;
  });

  const isCycle = (error) => error instanceof TypeErrorType && error.message === 'circular reference';

  // A replacer that knows the objects it is inside of, by the holder it is called on.
  const cutCycles = () => {
    const path = [];
    let depth = 0;
    return function (key, value) {
      if (typeof value !== 'object' || value === null) return value;
      while (depth > 0 && path[depth - 1] !== this) depth--;
      for (let i = 0; i < depth; i++) if (path[i] === value) return '[Circular]';
      path[depth++] = value;
      return value;
    };
  };

  /** JSON, or undefined for what JSON leaves out. */
  const encode = (value) => {
    const outer = encoding;
    encoding = true;
    try {
      return stringify(value);
    } catch (error) {
      if (!isCycle(error)) throw error;
      return stringify(value, cutCycles());
    } finally {
      encoding = outer;
    }
  };

  /** Text without lone surrogates. */
  const text = (value) => apply(toWellFormed, StringType(value), []);

  const inspectObject = (value) => {
    if (value instanceof ErrorType) return value.message ? `${value.name}: ${value.message}` : `${value.name}`;
    try {
      return encode(value) ?? '[object]';
    } catch {
      return '[unprintable]';
    }
  };

  /** One value as a log shows it. */
  const inspect = (value) => {
    switch (typeof value) {
      case 'string': return value;
      case 'bigint': return `${value}n`;
      case 'symbol': return apply(symbolText, value, []);
      case 'function': return `[function ${value.name || 'anonymous'}]`;
      case 'object': return value === null ? 'null' : inspectObject(value);
      default: return `${value}`;
    }
  };

  const directive = (kind, value) => {
    switch (kind) {
      case 'd': case 'i': return `${floor(NumberType(value))}`;
      case 'f': return `${NumberType(value)}`;
      default: return inspect(value);
    }
  };

  /** What `console.log(...values)` prints. */
  const format = (values) => {
    let next = 0;
    let line = '';
    if (typeof values[0] === 'string' && values.length > 1) {
      next = 1;
      line = apply(replace, values[0], [/%([sdifjoO%])/g, (whole, kind) => {
        if (kind === '%') return '%';
        return next < values.length ? directive(kind, values[next++]) : whole;
      }]);
    } else if (values.length > 0) {
      line = inspect(values[next++]);
    }
    while (next < values.length) line += ` ${inspect(values[next++])}`;
    return text(line);
  };

  return { encode, format, inspect, text };
}
