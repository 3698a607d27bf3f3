//! Body inputs → bytes and content type: JSON, forms, multipart, text, raw bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use serde_json::{Map, Value};
use url::form_urlencoded::byte_serialize;

use super::style::{Escape, pairs};
use crate::openapi::operation::{Body, Encoding, Input, Operation, Place, Style};
use crate::openapi::{responses, scalar};

/// A body ready to be sent.
pub(super) struct Payload {
    pub(super) bytes: Vec<u8>,
    pub(super) content_type: String,
}

/// Builds the body; `None` if none is needed and none given. The error completes "the request body …".
pub(super) fn build(
    operation: &Operation,
    input: &Map<String, Value>,
    boundary: &str,
) -> Result<Option<Payload>, String> {
    let Some(body) = &operation.body else { return Ok(None) };
    let whole = operation.inputs.iter().find(|each| each.place == Place::BodyWhole);
    let value = match whole {
        Some(whole) => input.get(&whole.key).cloned(),
        None => Some(Value::Object(fields(operation, body, input))),
    };
    let sent = match &value {
        None => false,
        Some(Value::Object(members)) if whole.is_none() => body.required || !members.is_empty(),
        Some(_) => true,
    };
    let Some(value) = value.filter(|_| sent) else {
        return if body.required { Err("is required".to_owned()) } else { Ok(None) };
    };
    let kind = responses::essence(&body.media_type);
    let content_type = body.media_type.clone();
    Ok(Some(match kind.as_str() {
        kind if responses::is_json(kind) => Payload { bytes: value.to_string().into_bytes(), content_type },
        "application/x-www-form-urlencoded" => {
            Payload { bytes: form(body, &value)?.into_bytes(), content_type }
        }
        "multipart/form-data" => {
            let bytes = multipart(operation, body, &value, boundary)?;
            Payload { bytes, content_type: format!("multipart/form-data; boundary={boundary}") }
        }
        _ => raw(whole, value, content_type)?,
    }))
}

/// The body object: declared fields under their own names, and any further input if the body is open.
fn fields(operation: &Operation, body: &Body, input: &Map<String, Value>) -> Map<String, Value> {
    let declared = operation.inputs.iter().filter(|each| each.place == Place::BodyField);
    let mut object: Map<String, Value> =
        declared.filter_map(|each| Some((each.name.clone(), input.get(&each.key)?.clone()))).collect();
    if body.open {
        let known = |key: &str| operation.inputs.iter().any(|each| each.key == key);
        object.extend(
            input.iter().filter(|(key, _)| !known(key)).map(|(key, value)| (key.clone(), value.clone())),
        );
    }
    object
}

/// `application/x-www-form-urlencoded`: by the property's `style` where the encoding names one, else scalars as they
/// are, arrays of scalars repeated, and everything else as JSON.
fn form(body: &Body, value: &Value) -> Result<String, String> {
    let object = value.as_object().ok_or("must be an object to be sent as a form")?;
    let plain = Encoding::default();
    let mut parts = Vec::new();
    for (name, value) in object.iter().filter(|(_, value)| !value.is_null()) {
        let encoding = body.encoding.get(name).unwrap_or(&plain);
        if encoding.style.is_some() || encoding.explode.is_some() {
            let style = encoding.style.unwrap_or(Style::Form);
            let how = if encoding.allow_reserved { Escape::Reserved } else { Escape::Percent };
            let explode = encoding.explode.unwrap_or(style == Style::Form);
            let pairs = pairs(name, value, style, explode, how)
                .map_err(|reason| format!("has `{name}`: {reason}"))?;
            parts.extend(pairs.into_iter().map(|(name, value)| format!("{name}={value}")));
            continue;
        }
        let as_json = encoding.content_type.as_deref().is_some_and(responses::is_json);
        let texts = match value {
            Value::Array(items) if !as_json && items.iter().all(|item| scalar::text(item).is_some()) => {
                items.iter().filter_map(scalar::text).collect()
            }
            value if as_json => vec![value.to_string()],
            value => vec![scalar::text(value).unwrap_or_else(|| value.to_string())],
        };
        parts.extend(texts.iter().map(|text| format!("{}={}", urlencoded(name), urlencoded(text))));
    }
    Ok(parts.join("&"))
}

fn urlencoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// `multipart/form-data` (RFC 7578): one part per property, one per item for arrays.
fn multipart(operation: &Operation, body: &Body, value: &Value, boundary: &str) -> Result<Vec<u8>, String> {
    let object = value.as_object().ok_or("must be an object to be sent as multipart")?;
    let mut bytes = Vec::new();
    for (name, value) in object.iter().filter(|(_, value)| !value.is_null()) {
        let binary = operation
            .inputs
            .iter()
            .any(|each| each.place == Place::BodyField && &each.name == name && each.binary);
        let content_type = body.encoding.get(name).and_then(|encoding| encoding.content_type.as_deref());
        let items = match value {
            Value::Array(items) => items.as_slice(),
            value => std::slice::from_ref(value),
        };
        for item in items {
            let part =
                part(item, binary, content_type).map_err(|reason| format!("has `{name}`, which {reason}"))?;
            if find(&part.bytes, boundary.as_bytes()) {
                return Err("contains its own boundary; try again".to_owned());
            }
            write_part(&mut bytes, boundary, name, &part);
        }
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(bytes)
}

struct Part {
    bytes: Vec<u8>,
    filename: Option<String>,
    content_type: Option<String>,
}

fn part(value: &Value, binary: bool, content_type: Option<&str>) -> Result<Part, String> {
    // `encoding.contentType` may be a list or a range; only a single type says what is sent.
    let declared = content_type.filter(|types| !types.contains([',', '*'])).map(str::to_owned);
    if binary {
        let file = file(value)?;
        let content_type =
            file.content_type.or(declared).or_else(|| Some("application/octet-stream".to_owned()));
        return Ok(Part {
            bytes: file.bytes,
            filename: Some(file.filename.unwrap_or_else(|| "file".to_owned())),
            content_type,
        });
    }
    Ok(match scalar::text(value) {
        Some(text) if !declared.as_deref().is_some_and(responses::is_json) => {
            Part { bytes: text.into_bytes(), filename: None, content_type: declared }
        }
        _ => {
            let content_type = declared.or_else(|| Some("application/json".to_owned()));
            Part { bytes: value.to_string().into_bytes(), filename: None, content_type }
        }
    })
}

fn write_part(bytes: &mut Vec<u8>, boundary: &str, name: &str, part: &Part) {
    let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(name));
    if let Some(filename) = &part.filename {
        head.push_str(&format!("; filename=\"{}\"", quoted(filename)));
    }
    if let Some(content_type) = &part.content_type {
        head.push_str(&format!("\r\nContent-Type: {content_type}"));
    }
    bytes.extend_from_slice(head.as_bytes());
    bytes.extend_from_slice(b"\r\n\r\n");
    bytes.extend_from_slice(&part.bytes);
    bytes.extend_from_slice(b"\r\n");
}

/// Names in a multipart head, the way browsers escape them.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A").replace('\0', "%00")
}

struct File {
    bytes: Vec<u8>,
    filename: Option<String>,
    content_type: Option<String>,
}

/// `{text | base64, filename?, contentType?}`.
fn file(value: &Value) -> Result<File, String> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let bytes = match (text("text"), text("base64")) {
        (Some(text), None) => text.as_bytes().to_vec(),
        (None, Some(encoded)) => STANDARD.decode(encoded).map_err(|_| "has invalid base64".to_owned())?,
        _ => return Err("needs either `text` or `base64`".to_owned()),
    };
    let content_type = text("contentType").map(str::to_owned);
    let sendable = |kind: &String| kind.contains('/') && HeaderValue::try_from(kind).is_ok();
    if content_type.as_ref().is_some_and(|kind| !sendable(kind)) {
        return Err("has an invalid `contentType`".to_owned());
    }
    Ok(File { bytes, filename: text("filename").map(str::to_owned), content_type })
}

fn raw(whole: Option<&Input>, value: Value, content_type: String) -> Result<Payload, String> {
    if whole.is_some_and(|whole| whole.binary) {
        let file = file(&value)?;
        return Ok(Payload { bytes: file.bytes, content_type: file.content_type.unwrap_or(content_type) });
    }
    match value {
        Value::String(text) => Ok(Payload { bytes: text.into_bytes(), content_type }),
        _ => Err(format!("must be a string to be sent as {content_type}")),
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
