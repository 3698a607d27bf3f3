//! Which specs become global objects of a script, and why the others do not.

use std::collections::BTreeMap;

use crate::findings::Finding;
use crate::openapi::operation::Spec;

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

/// Namespace → spec id. A namespace that is no free identifier is a warning: its operations stay reachable by
/// `callTool`. Two specs under one namespace are an error.
pub(super) fn assign<'a>(
    specs: impl IntoIterator<Item = &'a Spec>,
    findings: &mut Vec<Finding>,
) -> BTreeMap<String, String> {
    let mut namespaces: BTreeMap<String, String> = BTreeMap::new();
    for spec in specs {
        let (namespace, id) = (&spec.namespace, &spec.id);
        if let Some(reason) = unusable(namespace) {
            findings.push(
                Finding::warning("namespace-unusable", format!("The namespace `{namespace}` of spec `{id}` {reason}"))
                    .hint(format!(
                        "Give the spec another `bindingName`; until then scripts write callTool(\"{id}.operation\", …)"
                    )),
            );
        } else if let Some(other) = namespaces.get(namespace) {
            findings.push(
                Finding::error(
                    "namespace-taken",
                    format!("The specs `{other}` and `{id}` share the namespace `{namespace}`"),
                )
                .hint("Give one of them another `bindingName`"),
            );
        } else {
            namespaces.insert(namespace.clone(), id.clone());
        }
    }
    namespaces
}

fn unusable(namespace: &str) -> Option<&'static str> {
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

    fn spec(id: &str, namespace: &str) -> Spec {
        Spec { id: id.to_owned(), namespace: namespace.to_owned(), ..Spec::default() }
    }

    #[test]
    fn the_reserved_names_are_sorted() {
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn unusable_namespaces_are_warned_about_and_shared_ones_refused() {
        let mut findings = Vec::new();
        let specs = [spec("a", "acme"), spec("b", "acme-api"), spec("c", "ctx"), spec("d", "acme")];
        let namespaces = assign(&specs, &mut findings);
        assert_eq!(namespaces, BTreeMap::from([("acme".to_owned(), "a".to_owned())]));
        let codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["namespace-unusable", "namespace-unusable", "namespace-taken"]);
    }
}
