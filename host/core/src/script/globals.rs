//! The names a script may use without declaring them, and those it must not use, each with its reason.
//! Never decides about members or syntax.

/// Globals that every script has, whatever the active skills grant.
pub(super) const FIXED: [&str; 8] =
    ["callTool", "console", "ctx", "getTool", "mcpLog", "mcpNotify", "parallel", "skills"];

/// Prefixes of names the host keeps for itself.
pub(super) const RESERVED_PREFIXES: [&str; 2] = ["__frontmcp", "__ag_"];

/// The language's own globals that give no reach beyond values.
pub(super) fn is_language_global(name: &str) -> bool {
    matches!(
        name,
        "undefined"
            | "NaN"
            | "Infinity"
            | "Object"
            | "Array"
            | "String"
            | "Number"
            | "Boolean"
            | "BigInt"
            | "Symbol"
            | "Math"
            | "JSON"
            | "Date"
            | "RegExp"
            | "Promise"
            | "Map"
            | "Set"
            | "WeakMap"
            | "WeakSet"
            | "Iterator"
            | "Error"
            | "TypeError"
            | "RangeError"
            | "SyntaxError"
            | "ReferenceError"
            | "EvalError"
            | "URIError"
            | "AggregateError"
            | "ArrayBuffer"
            | "DataView"
            | "Int8Array"
            | "Uint8Array"
            | "Uint8ClampedArray"
            | "Int16Array"
            | "Uint16Array"
            | "Int32Array"
            | "Uint32Array"
            | "Float16Array"
            | "Float32Array"
            | "Float64Array"
            | "BigInt64Array"
            | "BigUint64Array"
            | "parseInt"
            | "parseFloat"
            | "isNaN"
            | "isFinite"
            | "encodeURI"
            | "encodeURIComponent"
            | "decodeURI"
            | "decodeURIComponent"
    )
}

/// A global that gives reach beyond the script: the rule it breaks and what to do instead.
pub(super) struct Refused {
    pub rule: &'static str,
    pub what: &'static str,
    pub hint: &'static str,
}

const fn refused(rule: &'static str, what: &'static str, hint: &'static str) -> Option<Refused> {
    Some(Refused { rule, what, hint })
}

/// Why a global is refused, if it is one with reach.
pub(super) fn refused_global(name: &str) -> Option<Refused> {
    match name {
        "eval" => {
            refused("no-eval", "`eval` runs text as code", "Write the code itself; use JSON.parse for data")
        }
        "Function" | "AsyncFunction" | "GeneratorFunction" | "AsyncGeneratorFunction" => refused(
            "no-eval",
            "the function constructors run text as code",
            "Write the function itself, as an arrow function for example",
        ),
        "process" | "require" | "module" | "exports" | "__dirname" | "__filename" | "Buffer" | "Deno"
        | "Bun" | "setupWorker" | "importScripts" | "child_process" => refused(
            "no-host-access",
            "a script has no host environment, modules or files",
            "Pass values in as `ctx.input`; call an operation of a granted namespace for data",
        ),
        "fetch" | "XMLHttpRequest" | "WebSocket" | "EventSource" | "Request" | "Response" | "Headers"
        | "navigator" | "RTCPeerConnection" | "axios" => refused(
            "no-network",
            "a script has no network of its own",
            "Call an operation of a granted namespace, or callTool(name, args)",
        ),
        "setTimeout"
        | "setInterval"
        | "setImmediate"
        | "clearTimeout"
        | "clearInterval"
        | "clearImmediate"
        | "queueMicrotask"
        | "requestAnimationFrame"
        | "requestIdleCallback" => refused(
            "no-timers",
            "a script has no timers",
            "Await the call itself; use parallel(items, fn, { concurrency }) to pace calls",
        ),
        "globalThis" | "window" | "self" | "global" | "frames" | "top" => refused(
            "no-global-object",
            "the global object is out of reach",
            "Name the granted namespace or function directly",
        ),
        _ => refused_builtin(name),
    }
}

fn refused_builtin(name: &str) -> Option<Refused> {
    match name {
        "Reflect" | "Proxy" => refused(
            "no-meta-programming",
            "reflection and proxies are out of reach",
            "Use plain objects, Object.entries and functions",
        ),
        "WebAssembly" => {
            refused("no-webassembly", "a script cannot load WebAssembly", "Use a skill component")
        }
        "Atomics" | "SharedArrayBuffer" => {
            refused("no-shared-memory", "a script has no shared memory", "Use ArrayBuffer or a plain array")
        }
        "WeakRef" | "FinalizationRegistry" => refused(
            "no-weak-references",
            "garbage collection must not be observable",
            "Use Map, Set or WeakMap",
        ),
        "ShadowRealm" | "Worker" | "SharedWorker" | "ServiceWorker" | "MessageChannel" | "MessagePort"
        | "BroadcastChannel" => refused(
            "no-realms",
            "a script has one realm and no workers",
            "Use parallel(items, fn, { concurrency }) to run calls side by side",
        ),
        "performance" | "crypto" => refused(
            "no-host-clock",
            "high-resolution time and host randomness are out of reach",
            "Use Date.now() and Math.random()",
        ),
        "document" | "localStorage" | "sessionStorage" | "indexedDB" | "caches" | "location" | "alert"
        | "prompt" | "confirm" => refused(
            "no-browser-api",
            "a script does not run in a browser",
            "Return a value; log with console.log or mcpLog",
        ),
        "__proto__" => refused("no-prototype-access", "`__proto__` reaches a prototype", "Use another name"),
        _ => None,
    }
}

/// What to use instead of a global that other engines have and this one has not.
pub(super) fn missing_global_hint(name: &str) -> Option<&'static str> {
    Some(match name {
        "Intl" => "Intl is not available: format numbers and dates with toFixed, padStart and Date methods",
        "structuredClone" => "structuredClone is not available: copy with JSON.parse(JSON.stringify(value))",
        "TextEncoder" | "TextDecoder" => {
            "Text encoders are not available: use encodeURIComponent, codePointAt and String.fromCodePoint"
        }
        "escape" | "unescape" => "Use encodeURIComponent and decodeURIComponent",
        "URL" | "URLSearchParams" => "URL is not available: build query strings with encodeURIComponent",
        "atob" | "btoa" => {
            "Base64 helpers are not available: do it with charCodeAt and a table, or ask an operation"
        }
        "AbortController" | "AbortSignal" => "Calls cannot be aborted: race them with Promise.race",
        "Temporal" => "Temporal is not available: use Date",
        "arguments" => "`arguments` exists only inside a function: the script's input is `ctx.input`",
        "print" | "log" => "Log with console.log(...) or mcpLog(level, message)",
        "input" | "args" | "params" => "The script's input is `ctx.input`",
        "lodash" | "_" | "moment" | "dayjs" => {
            "Libraries are not available: write it with the language's own functions"
        }
        _ => return None,
    })
}

/// Members that reach a prototype or a constructor, whatever the object.
pub(super) fn refused_member(name: &str) -> Option<Refused> {
    match name {
        "__proto__" | "prototype" | "constructor" => refused(
            "no-prototype-access",
            "prototypes and constructors are out of reach",
            "Use Array.isArray, typeof, instanceof or an error's `name`",
        ),
        "__defineGetter__" | "__defineSetter__" | "__lookupGetter__" | "__lookupSetter__" => refused(
            "no-prototype-access",
            "legacy accessors reach a prototype",
            "Write `get name() {}` in an object literal or class",
        ),
        "setPrototypeOf"
        | "getPrototypeOf"
        | "defineProperty"
        | "defineProperties"
        | "getOwnPropertyDescriptor"
        | "getOwnPropertyDescriptors" => refused(
            "no-meta-programming",
            "property descriptors and prototypes are out of reach",
            "Use plain assignment, Object.entries, Object.assign or Object.freeze",
        ),
        _ => None,
    }
}
