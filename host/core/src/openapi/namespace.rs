//! Which names a script can use for the object that holds a description's operations. Knows no other names.

/// Globals of the language and of every script, and words that cannot be a global's name. Sorted.
const RESERVED: &[&str] = &[
    "AggregateError",
    "Array",
    "ArrayBuffer",
    "AsyncFunction",
    "Atomics",
    "BigInt",
    "BigInt64Array",
    "BigUint64Array",
    "Boolean",
    "DataView",
    "Date",
    "Error",
    "EvalError",
    "FinalizationRegistry",
    "Float32Array",
    "Float64Array",
    "Function",
    "Infinity",
    "Int16Array",
    "Int32Array",
    "Int8Array",
    "Intl",
    "Iterator",
    "JSON",
    "Map",
    "Math",
    "NaN",
    "Number",
    "Object",
    "Promise",
    "Proxy",
    "RangeError",
    "ReferenceError",
    "Reflect",
    "RegExp",
    "Set",
    "SharedArrayBuffer",
    "String",
    "Symbol",
    "SyntaxError",
    "TypeError",
    "URIError",
    "Uint16Array",
    "Uint32Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "WeakMap",
    "WeakRef",
    "WeakSet",
    "WebAssembly",
    "XMLHttpRequest",
    "__proto__",
    "arguments",
    "async",
    "await",
    "break",
    "callTool",
    "case",
    "catch",
    "class",
    "codecall",
    "console",
    "const",
    "constructor",
    "continue",
    "ctx",
    "debugger",
    "decodeURI",
    "decodeURIComponent",
    "default",
    "delete",
    "do",
    "else",
    "encodeURI",
    "encodeURIComponent",
    "enum",
    "escape",
    "eval",
    "export",
    "extends",
    "false",
    "fetch",
    "finally",
    "for",
    "function",
    "getTool",
    "global",
    "globalThis",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "isFinite",
    "isNaN",
    "let",
    "mcpLog",
    "mcpNotify",
    "module",
    "new",
    "null",
    "package",
    "parallel",
    "parseFloat",
    "parseInt",
    "private",
    "process",
    "protected",
    "prototype",
    "public",
    "require",
    "return",
    "self",
    "skills",
    "static",
    "structuredClone",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "undefined",
    "unescape",
    "var",
    "void",
    "while",
    "window",
    "with",
    "yield",
];

/// Why no global object of a script can be called `namespace`; `None` if one can.
pub fn unusable(namespace: &str) -> Option<&'static str> {
    let starts = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '$');
    let continues = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
    if !namespace.starts_with(starts) || !namespace.chars().all(continues) {
        Some("is not a JavaScript identifier")
    } else if RESERVED.binary_search(&namespace).is_ok() {
        Some("is reserved in scripts")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserved_names_are_sorted() {
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn only_free_identifiers_are_usable() {
        assert_eq!(unusable("acme_2$"), None);
        assert_eq!(unusable("acme-api"), Some("is not a JavaScript identifier"));
        assert_eq!(unusable("2acme"), Some("is not a JavaScript identifier"));
        assert_eq!(unusable("ctx"), Some("is reserved in scripts"));
    }
}
