//! Which differences of two manifests need `wrangler deploy`. What is not listed here, a push brings.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::wit::Change;

/// The structural differences in the order of the manifest's sections. Manifests are compared as they are written: a list in
/// another order is another list.
///
/// # Errors
/// One of the two is no JSON.
pub(crate) fn structural(active: &str, candidate: &str) -> Result<Vec<Change>, String> {
    let parse = |json: &str| serde_json::from_str::<Value>(json).map_err(|error| error.to_string());
    let (active, candidate) = (parse(active)?, parse(candidate)?);
    let mut changes = Vec::new();
    let provider = (&active["auth"]["provider"], &candidate["auth"]["provider"]);
    if provider.0 != provider.1 {
        changes.push(change("auth.provider", moved("the authentication provider", provider.0, provider.1)));
    }
    for section in ["bindings", "runtime"] {
        for field in fields(&active[section], &candidate[section]) {
            let (was, is) = (&active[section][&field], &candidate[section][&field]);
            let same = active[section].get(&field) == candidate[section].get(&field);
            if !same {
                let setting = format!("{section}.{field}");
                changes.extend(words(&field, was, is).into_iter().map(|message| change(&setting, message)));
            }
        }
    }
    Ok(changes)
}

fn change(setting: &str, message: String) -> Change {
    Change { setting: setting.to_owned(), message }
}

fn fields(left: &Value, right: &Value) -> BTreeSet<String> {
    [left, right]
        .into_iter()
        .filter_map(Value::as_object)
        .flat_map(|members| members.keys().cloned())
        .collect()
}

fn words(field: &str, was: &Value, is: &Value) -> Vec<String> {
    let told = match field {
        "durableObjects" => items("the Durable Object", was, is),
        "d1Databases" => items("the D1 database", was, is),
        "kvNamespaces" => items("the KV namespace", was, is),
        "r2Buckets" => items("the R2 bucket", was, is),
        "vars" => members("the variable", was, is),
        "compatibilityDate" => vec![moved("the compatibility date", was, is)],
        "compatibilityFlags" => flags(was, is),
        "target" => vec![moved("the target", was, is)],
        _ => vec![moved(&format!("`{field}`"), was, is)],
    };
    // Everything that is listed is the same, but not the list.
    if told.is_empty() { vec!["the same entries in another order".to_owned()] } else { told }
}

/// Bindings, by name.
fn items(noun: &str, was: &Value, is: &Value) -> Vec<String> {
    let by_name = |list: &Value| -> Map<String, Value> {
        let items = list.as_array().into_iter().flatten();
        items.filter_map(|item| Some((item["binding"].as_str()?.to_owned(), item.clone()))).collect()
    };
    let (was, is) = (by_name(was), by_name(is));
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let word = |name: &String| match (was.get(name), is.get(name)) {
        (None, Some(_)) => vec![format!("{noun} `{name}` is added")],
        (Some(_), None) => vec![format!("{noun} `{name}` is removed")],
        (Some(was), Some(is)) => {
            let differing = fields(was, is).into_iter().filter(|field| was.get(field) != is.get(field));
            differing
                .map(|field| moved(&format!("{noun} `{name}`, {field}:"), &was[&field], &is[&field]))
                .collect()
        }
        (None, None) => Vec::new(),
    };
    names.into_iter().flat_map(word).collect()
}

/// Values are not told: they may be long, and are the author's business.
fn members(noun: &str, was: &Value, is: &Value) -> Vec<String> {
    let word = |name: String| match (was.get(&name), is.get(&name)) {
        (None, Some(_)) => Some(format!("{noun} `{name}` is added")),
        (Some(_), None) => Some(format!("{noun} `{name}` is removed")),
        (was, is) if was != is => Some(format!("{noun} `{name}` has another value")),
        _ => None,
    };
    fields(was, is).into_iter().filter_map(word).collect()
}

fn flags(was: &Value, is: &Value) -> Vec<String> {
    let set = |list: &Value| -> BTreeSet<String> {
        list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (was, is) = (set(was), set(is));
    let added = is.difference(&was).map(|flag| format!("the compatibility flag `{flag}` is added"));
    let removed = was.difference(&is).map(|flag| format!("the compatibility flag `{flag}` is removed"));
    added.chain(removed).collect()
}

fn moved(what: &str, was: &Value, is: &Value) -> String {
    let word = |value: &Value| match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => format!("`{text}`"),
        other => other.to_string(),
    };
    format!("{what} {} becomes {}", word(was), word(is))
}
