// The frozen scope of a script: namespaces, helpers, logging, `skills` and `ctx`.
// What a script never names is never built: namespaces and metadata are made on first use.
(host, { callTool, encode, format, namespace, run, text }) => {
  const { parse } = JSON;
  const { apply } = Reflect;
  const { defineProperty, freeze } = Object;
  const { __defineGetter__: defineGetter } = Object.prototype;
  const { min } = Math;
  const { isInteger } = Number;
  const global = globalThis;
  const PromiseType = Promise, RangeErrorType = RangeError, TypeErrorType = TypeError;

  const define = (name, value) => defineProperty(global, name, { value });
  const defineLazily = (name, make) => {
    let made;
    apply(defineGetter, global, [name, () => (made ??= make())]);
  };

  /** A part of the globals, parsed when it is first asked for. */
  const section = (name) => {
    const json = host.section(name);
    return json === undefined ? undefined : parse(json);
  };

  const deepFreeze = (value) => {
    if (typeof value !== 'object' || value === null) return value;
    for (const key in value) deepFreeze(value[key]);
    return freeze(value);
  };

  // --- tools ---

  let tools;
  const getTool = (name) => {
    tools ??= section('tools') ?? [];
    if (typeof tools === 'string') tools = parse(tools);
    for (let i = 0; i < tools.length; i++) if (tools[i].name === name) return deepFreeze(tools[i]);
    return undefined;
  };

  const parallel = async (items, work, options) => {
    const concurrency = options?.concurrency ?? 16;
    if (typeof work !== 'function') throw new TypeErrorType('parallel: the second argument must be a function');
    if (!isInteger(concurrency) || concurrency < 1) {
      throw new RangeErrorType('parallel: concurrency must be a positive integer');
    }
    const list = [...items];
    const results = [];
    results.length = list.length;
    let next = 0;
    let failed = false;
    const worker = async () => {
      while (next < list.length && !failed) {
        const index = next++;
        try {
          results[index] = await work(list[index], index);
        } catch (error) {
          failed = true;
          throw error;
        }
      }
    };
    const workers = [];
    for (let i = min(concurrency, list.length); i > 0; i--) workers[workers.length] = worker();
    await PromiseType.all(workers);
    return results;
  };

  // --- logging ---

  const CONSOLE = 0, LOG = 1, NOTIFY = 2;
  const LEVELS = {
    __proto__: null, debug: 'debug', info: 'info', notice: 'notice', warn: 'warning', warning: 'warning',
    error: 'error', critical: 'critical', alert: 'alert', emergency: 'emergency',
  };

  const mcpLog = (level, message, meta) => {
    const known = LEVELS[level];
    if (known === undefined) {
      throw new TypeErrorType('mcpLog: the level must be debug, info, notice, warning, error, critical, alert or emergency');
    }
    host.emit(LOG, known, format([message]), meta === undefined ? '' : encode(meta) ?? 'null');
  };

  const mcpNotify = (event, payload) => {
    if (typeof event !== 'string' || event === '') throw new TypeErrorType('mcpNotify: the event must be a name');
    host.emit(NOTIFY, text(event), encode(payload) ?? 'null', '');
  };

  const console = {};
  for (const level of ['debug', 'error', 'info', 'log', 'warn']) {
    console[level] = (...values) => host.emit(CONSOLE, level, format(values), '');
  }

  define('callTool', callTool);
  define('getTool', getTool);
  define('parallel', parallel);
  define('mcpLog', mcpLog);
  define('mcpNotify', mcpNotify);
  define('console', freeze(console));

  // --- per script ---

  // The script's input stays changeable: it is its own copy, and sorting it in place is natural.
  const context = (values) => {
    for (const key in values) if (key !== 'input') deepFreeze(values[key]);
    return freeze(values);
  };

  defineLazily('skills', () => deepFreeze(section('skills') ?? []));
  defineLazily('ctx', () => context(section('ctx') ?? {}));

  /** Opens the namespaces and starts the script. */
  const begin = (main, namespaces) => {
    for (let i = 0; i < namespaces.length; i++) {
      const name = namespaces[i];
      defineLazily(name, () => namespace(parse(host.namespace(name))));
    }
    run(main);
  };

  return { begin };
}
