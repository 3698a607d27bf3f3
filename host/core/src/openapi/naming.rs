//! Names: operations as JavaScript identifiers, definitions as JSON pointer tokens.

use std::collections::BTreeSet;

/// Names that a script must not find on a namespace: the preflight refuses the first ones, and a method
/// called `then` would make the namespace a promise.
const TAKEN: &[&str] = &["constructor", "prototype", "__proto__", "then"];

/// `text` as a JavaScript identifier: itself if it is one, else its words in camel case.
pub(crate) fn identifier(text: &str) -> String {
    let name = match is_identifier(text) {
        true => text.to_owned(),
        false => camel_case(text),
    };
    match TAKEN.contains(&name.as_str()) {
        true => format!("{name}_"),
        false => name,
    }
}

/// Whether `text` is an ASCII JavaScript identifier.
pub(super) fn is_identifier(text: &str) -> bool {
    let starts = |first: char| first.is_ascii_alphabetic() || first == '_' || first == '$';
    text.starts_with(starts) && text.chars().all(|each| starts(each) || each.is_ascii_digit())
}

/// The name of an operation without `operationId`: `<method>_<path>`, `{x}` as `By_x`.
pub(super) fn from_path(method: &str, path: &str) -> String {
    let raw = format!("{}_{}", method.to_lowercase(), path.replace('{', "_By_"));
    let words: Vec<&str> =
        raw.split(|each: char| !each.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("_")
}

/// `wanted`, or `wanted2`, `wanted3`, … if it is taken; and takes it.
pub(super) fn unique(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = wanted.to_owned();
    let mut count = 1;
    while !taken.insert(name.clone()) {
        count += 1;
        name = format!("{wanted}{count}");
    }
    name
}

/// `text` with its first letter in upper case.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn camel_case(text: &str) -> String {
    let mut words = text.split(|each: char| !each.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next().unwrap_or("operation");
    let mut name: String = first[..1].to_lowercase() + &first[1..];
    words.for_each(|word| name.push_str(&capitalised(word)));
    match name.starts_with(|first: char| first.is_ascii_digit()) {
        true => format!("_{name}"),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operation_ids_become_identifiers() {
        for (id, name) in [
            ("listOrders", "listOrders"),
            ("issues/list-for-repo", "issuesListForRepo"),
            ("List Orders", "listOrders"),
            ("2fa.enable", "_2faEnable"),
            ("constructor", "constructor_"),
            ("then", "then_"),
            ("get$x_1", "get$x_1"),
            ("grüße", "grE"),
            ("", "operation"),
        ] {
            assert_eq!(identifier(id), name, "{id}");
            assert!(is_identifier(&identifier(id)));
        }
    }

    #[test]
    fn unnamed_operations_are_named_by_method_and_path() {
        assert_eq!(from_path("GET", "/orders/{order-id}/items"), "get_orders_By_order_id_items");
        assert_eq!(from_path("DELETE", "/"), "delete");
    }

    #[test]
    fn taken_names_get_a_number() {
        let mut taken = BTreeSet::new();
        let names: Vec<String> = (0..3).map(|_| unique("a", &mut taken)).collect();
        assert_eq!(names, ["a", "a2", "a3"]);
    }
}
