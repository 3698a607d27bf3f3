// Closes the realm: what is not listed goes, and no text becomes code. Runs last.
(host) => {
  const { defineProperty, getOwnPropertyNames, getPrototypeOf } = Object;
  const global = globalThis;

  const LANGUAGE = [
    'Object', 'Array', 'String', 'Number', 'Boolean', 'Symbol', 'BigInt', 'Math', 'JSON', 'Date', 'RegExp',
    'Map', 'Set', 'WeakMap', 'WeakSet', 'Promise', 'Iterator',
    'Error', 'TypeError', 'RangeError', 'SyntaxError', 'ReferenceError', 'EvalError', 'URIError', 'AggregateError',
    'ArrayBuffer', 'DataView', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array',
    'Int32Array', 'Uint32Array', 'BigInt64Array', 'BigUint64Array', 'Float16Array', 'Float32Array', 'Float64Array',
    'parseInt', 'parseFloat', 'isNaN', 'isFinite', 'encodeURI', 'encodeURIComponent', 'decodeURI',
    'decodeURIComponent', 'undefined', 'NaN', 'Infinity',
  ];
  const SCOPE = ['callTool', 'getTool', 'parallel', 'mcpLog', 'mcpNotify', 'console', 'skills', 'ctx'];

  // Every way from a function back to a constructor that compiles text.
  const functions = [() => {}, async () => {}, function* () {}, async function* () {}];
  const refuse = () => { throw new TypeError('code cannot be made from text here'); };
  for (const one of functions) {
    defineProperty(getPrototypeOf(one), 'constructor', { get: refuse, set: refuse, configurable: false });
  }

  for (const name of getOwnPropertyNames(global)) {
    if (!LANGUAGE.includes(name) && !SCOPE.includes(name)) delete global[name];
  }
  delete Object.setPrototypeOf;
  delete Error.prepareStackTrace;
  for (const name of ['__proto__', '__defineGetter__', '__defineSetter__', '__lookupGetter__', '__lookupSetter__']) {
    delete Object.prototype[name];
  }

  // The engine's own generator would start from the snapshot's state in every script.
  const { random } = host;
  Math.random = random;
}
