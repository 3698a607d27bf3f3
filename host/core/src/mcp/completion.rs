//! `completion/complete`: known values of the variables of resource templates. Never asks an upstream.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::mcp::jsonrpc::{RpcError, json as text};

/// Values in one answer, by the protocol.
const MAX_VALUES: usize = 100;

/// The known values of each variable, by the template as it is listed.
pub type Completions = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// The members of the result, without braces. A reference or argument that nobody knows has no values.
///
/// # Errors
/// `-32602` naming the parameter that is missing or malformed.
pub fn complete(known: &Completions, params: &Map<String, Value>) -> Result<String, RpcError> {
    let reference = object(params, "ref")?;
    let template = match string(reference, "ref.type")? {
        "ref/prompt" => string(reference, "ref.name").map(|_| None)?,
        "ref/resource" => Some(string(reference, "ref.uri")?),
        _ => return Err(RpcError::invalid_params("params.ref.type must be ref/prompt or ref/resource")),
    };
    let argument = object(params, "argument")?;
    let (name, begun) = (string(argument, "argument.name")?, string(argument, "argument.value")?);
    let values = template.and_then(|template| known.get(template)?.get(name));
    let fitting: Vec<&String> =
        values.into_iter().flatten().filter(|value| begins_with(value, begun)).collect();
    let completion = json!({
        "values": fitting.iter().take(MAX_VALUES).collect::<Vec<_>>(),
        "total": fitting.len(),
        "hasMore": fitting.len() > MAX_VALUES,
    });
    Ok(format!(r#""completion":{}"#, text(&completion)))
}

fn begins_with(value: &str, begun: &str) -> bool {
    value.get(..begun.len()).is_some_and(|start| start.eq_ignore_ascii_case(begun))
}

fn object<'a>(params: &'a Map<String, Value>, member: &str) -> Result<&'a Map<String, Value>, RpcError> {
    let value = params.get(member).and_then(Value::as_object);
    value.ok_or_else(|| RpcError::invalid_params(format!("params.{member} must be an object")))
}

/// The text at the last part of `path`, which is named in full in the error.
fn string<'a>(object: &'a Map<String, Value>, path: &str) -> Result<&'a str, RpcError> {
    let member = path.rsplit('.').next().unwrap_or(path);
    let value = object.get(member).and_then(Value::as_str);
    value.ok_or_else(|| RpcError::invalid_params(format!("params.{path} must be a string")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Completions {
        let many = (0..250).map(|number| format!("v{number:03}")).collect();
        let values = [
            ("status".to_owned(), vec!["open".to_owned(), "Obsolete".to_owned(), "done".to_owned()]),
            ("many".to_owned(), many),
        ];
        [("a://{status}".to_owned(), values.into())].into()
    }

    fn ask(uri: &str, name: &str, value: &str) -> Value {
        let params =
            json!({"ref": {"type": "ref/resource", "uri": uri}, "argument": {"name": name, "value": value}});
        let members = complete(&known(), params.as_object().unwrap()).unwrap();
        serde_json::from_str::<Value>(&format!("{{{members}}}")).unwrap()["completion"].take()
    }

    #[test]
    fn values_that_begin_with_what_was_typed_are_offered() {
        let all = json!({"values": ["open", "Obsolete", "done"], "total": 3, "hasMore": false});
        assert_eq!(ask("a://{status}", "status", ""), all);
        assert_eq!(ask("a://{status}", "status", "o")["values"], json!(["open", "Obsolete"]));
        assert_eq!(ask("a://{status}", "status", "é")["values"], json!([]));
    }

    #[test]
    fn a_hundred_values_are_shown_and_the_rest_is_counted() {
        let answer = ask("a://{status}", "many", "v");
        assert_eq!(answer["values"].as_array().unwrap().len(), 100);
        assert_eq!((&answer["total"], &answer["hasMore"]), (&json!(250), &json!(true)));
    }

    #[test]
    fn what_nobody_knows_has_no_values() {
        for (uri, name) in [("a://{x}", "status"), ("a://{status}", "x"), ("", "")] {
            assert_eq!(ask(uri, name, ""), json!({"values": [], "total": 0, "hasMore": false}));
        }
    }
}
