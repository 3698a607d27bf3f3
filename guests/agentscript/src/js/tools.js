// Calls, their promises and errors. Never decides whether a call is allowed: the host does.
(host, { encode, inspect, text }) => {
  const { parse } = JSON;
  const { apply } = Reflect;
  const { freeze } = Object;
  const { then } = Promise.prototype;
  const PromiseType = Promise, TypeErrorType = TypeError;

  /** What a failed call throws. */
  class ToolError extends Error {
    #json;
    constructor(json) {
      const { message, code, toolName, details } = parse(json);
      super(message);
      this.code = code;
      this.toolName = toolName;
      if (details !== undefined) this.details = details;
      this.#json = json;
    }
    /** The host's own words, or undefined for any other error. */
    static json(error) {
      return typeof error === 'object' && error !== null && #json in error ? error.#json : undefined;
    }
  }
  Object.defineProperty(ToolError.prototype, 'name', { value: 'ToolError', writable: true, configurable: true });

  const waiting = { __proto__: null };

  const call = (tool, args, options) => {
    const quiet = options?.throwOnError === false;
    const json = args === undefined ? '{}' : encode(args) ?? 'null';
    const id = host.enqueue(tool, json, json.length);
    return new PromiseType((resolve, reject) => { waiting[id] = { resolve, reject, quiet }; });
  };

  /** Settles a call; false when there is none of that id. */
  const settle = (id, ok, json) => {
    const entry = waiting[id];
    if (entry === undefined) return false;
    delete waiting[id];
    if (entry.quiet) entry.resolve(ok ? { success: true, data: parse(json) } : { success: false, error: parse(json) });
    else if (ok) entry.resolve(parse(json));
    else entry.reject(new ToolError(json));
    return true;
  };

  const callTool = async (name, args, options) => {
    if (typeof name !== 'string') throw new TypeErrorType('callTool: the name must be a string');
    return call(text(name), args, options);
  };

  /** A namespace: the granted methods and nothing else. */
  const namespace = (methods) => {
    const object = { __proto__: null };
    for (const name in methods) {
      const tool = methods[name];
      object[name] = (args, options) => call(tool, args, options);
    }
    return freeze(object);
  };

  const fail = (error) => {
    let shown;
    try { shown = text(inspect(error)); } catch { /* it has no text */ }
    host.fail(error, shown, ToolError.json(error));
  };

  const finish = (value) => {
    try {
      const json = encode(value) ?? 'null';
      host.finish(json, json.length);
    } catch (error) {
      fail(error);
    }
  };

  /** Runs the script; its end reaches the host as `finish` or `fail`. */
  const run = (main) => { apply(then, main(), [finish, fail]); };

  return { call, callTool, namespace, run, settle };
}
