//! `responses` → the schema of a success answer. Error answers are not part of it.

use serde_json::{Value, json};

use super::convert::Converter;
use super::description::Node;

/// The schema of what a successful call returns: any of the 2xx answers. `None` if one of them is not described.
pub(super) fn output_schema(operation: &Node<'_>, converter: &mut Converter) -> Option<Value> {
    let responses = operation.get("responses")?;
    let mut answers: Vec<Node<'_>> = responses
        .members()
        .filter(|(status, _)| status.len() == 3 && status.starts_with('2'))
        .map(|(_, answer)| answer)
        .collect();
    if answers.is_empty() {
        answers.extend(responses.get("default"));
    }
    let mut schemas: Vec<Value> = Vec::new();
    for answer in answers {
        let schema = one(&answer, converter)?;
        if !schemas.contains(&schema) {
            schemas.push(schema);
        }
    }
    match schemas.len() {
        0 => None,
        1 => schemas.pop(),
        _ => Some(json!({ "anyOf": schemas })),
    }
}

fn one(answer: &Node<'_>, converter: &mut Converter) -> Option<Value> {
    let answer = answer.follow().ok()?;
    let Some(content) = answer.get("content").filter(|content| content.members().next().is_some()) else {
        return Some(json!({ "type": "null" }));
    };
    let json = |(media, _): &(&str, Node<'_>)| is_json(&essence(media));
    let (media, described) = content.members().find(json).or_else(|| content.members().next())?;
    match essence(media) {
        media if is_json(&media) => Some(converter.convert(&described.get("schema")?)),
        media if is_text(&media) => Some(json!({ "type": "string" })),
        media if media.contains('*') => None,
        _ => Some(json!({
            "type": "object",
            "properties": { "contentType": { "type": "string" }, "base64": { "type": "string" } },
            "required": ["contentType", "base64"],
        })),
    }
}

/// A media type without parameters, in lower case.
pub(crate) fn essence(media: &str) -> String {
    media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a media type, without parameters, is JSON (RFC 6839 section 3.1 included).
pub(crate) fn is_json(media: &str) -> bool {
    let media = media.trim().to_ascii_lowercase();
    media == "application/json" || media == "text/json" || media.ends_with("+json")
}

/// Whether a media type, without parameters, is text that a script can read.
pub(crate) fn is_text(media: &str) -> bool {
    let media = media.trim().to_ascii_lowercase();
    let subtype = media.split('/').nth(1).unwrap_or_default();
    media.starts_with("text/")
        || subtype.ends_with("+xml")
        || subtype.ends_with("+yaml")
        || ["xml", "yaml", "x-yaml", "javascript", "graphql", "x-ndjson", "jsonl", "x-www-form-urlencoded"]
            .contains(&subtype)
}
