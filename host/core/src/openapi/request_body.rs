//! `requestBody` → body inputs: one per property of a plain object, else a single one called `body`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::convert::Converter;
use super::description::Node;
use super::operation::{Body, Encoding, Place};
use super::{parameters, responses};
use crate::findings::Finding;

/// Media types a body is rather sent as, best first.
const PREFERENCE: &[fn(&str) -> bool] = &[
    |media| media == "application/json",
    responses::is_json,
    |media| media == "application/x-www-form-urlencoded",
    |media| media == "multipart/form-data",
    |media| media == "application/xml",
    |media| media == "text/plain",
];
/// What an object schema may say and still be spread over the input object.
const SPREADABLE: &[&str] = &[
    "type",
    "properties",
    "required",
    "title",
    "description",
    "additionalProperties",
    "example",
    "examples",
    "default",
    "deprecated",
    "externalDocs",
    "xml",
];
/// Combinations that survive spreading as long as they only name required properties.
const COMBINATIONS: &[&str] = &["anyOf", "oneOf", "allOf"];

/// A body and the inputs it is made of.
pub(super) struct BodyInputs {
    pub(super) body: Body,
    pub(super) fields: Vec<Field>,
    /// Properties the body's schema requires; they bind only if a body is sent.
    pub(super) needs: Vec<String>,
    /// `anyOf`, `oneOf` and `allOf` over lists of required properties.
    pub(super) combinations: Vec<(String, Vec<Vec<String>>)>,
    /// Schema of further properties of an open body.
    pub(super) further: Option<Value>,
}

/// One body input.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) required: bool,
    pub(super) binary: bool,
    pub(super) schema: Value,
}

/// Reads `requestBody`. `alone`: the operation has no parameters, so that an open body may take any input.
pub(super) fn derive(
    operation: &Node<'_>,
    alone: bool,
    converter: &mut Converter,
) -> Result<Option<BodyInputs>, Finding> {
    let Some(written) = operation.get("requestBody") else { return Ok(None) };
    let bad = |message: String| Finding::error("bad-request-body", message).at(written.at());
    let node = written.follow().map_err(bad)?;
    let content = node.get("content").ok_or_else(|| bad("a request body needs `content`".to_owned()))?;
    let preferred =
        |wanted: &fn(&str) -> bool| content.members().find(|(media, _)| wanted(&responses::essence(media)));
    let chosen = PREFERENCE.iter().find_map(preferred).or_else(|| content.members().next());
    let (written_media, described) = chosen.ok_or_else(|| bad("`content` is empty".to_owned()))?;
    let media = concrete(written_media).map_err(bad)?;
    let schema = described.get("schema");
    let body = Body {
        required: node.flag("required"),
        open: false,
        encoding: encodings(&described).map_err(bad)?,
        media_type: media,
    };
    Ok(Some(inputs(body, schema.as_ref(), alone, converter)))
}

fn inputs(body: Body, schema: Option<&Node<'_>>, alone: bool, converter: &mut Converter) -> BodyInputs {
    let kind = responses::essence(&body.media_type);
    let form = matches!(kind.as_str(), "application/x-www-form-urlencoded" | "multipart/form-data");
    if form || responses::is_json(&kind) {
        let object = schema.and_then(|schema| spreadable(schema, alone));
        return match object {
            Some(object) => spread(body, &object, kind == "multipart/form-data", converter),
            None => {
                let schema = schema.map_or(Value::Bool(true), |schema| converter.convert(schema));
                whole(body, schema, false)
            }
        };
    }
    match responses::is_text(&kind) {
        true => whole(
            body,
            json!({ "type": "string", "description": format!("The body as {kind} text.") }),
            false,
        ),
        false => whole(body, bytes_schema(), true),
    }
}

fn whole(body: Body, schema: Value, binary: bool) -> BodyInputs {
    let required = body.required;
    let field = Field { name: "body".to_owned(), place: Place::BodyWhole, required, binary, schema };
    BodyInputs { body, fields: vec![field], needs: Vec::new(), combinations: Vec::new(), further: None }
}

fn spread(mut body: Body, object: &Node<'_>, multipart: bool, converter: &mut Converter) -> BodyInputs {
    let listed = names(object.get("required").as_ref());
    let mut fields = Vec::new();
    for (name, property) in object.get("properties").iter().flat_map(Node::members) {
        let target = property.follow().unwrap_or_else(|_| property.clone());
        if property.flag("readOnly") || target.flag("readOnly") {
            continue;
        }
        let binary = multipart && is_binary(&target);
        let schema = match binary {
            true => bytes_property(&target),
            false => converter.convert(&property),
        };
        let required = body.required && listed.iter().any(|each| each == name);
        fields.push(Field { name: name.to_owned(), place: Place::BodyField, required, binary, schema });
    }
    let further = object.get("additionalProperties").filter(|further| further.value != &Value::Bool(false));
    body.open = further.is_some();
    let known = |name: &String| fields.iter().any(|field| &field.name == name);
    let combinations =
        COMBINATIONS.iter().filter_map(|key| Some(((*key).to_owned(), required_lists(&object.get(key)?)?)));
    BodyInputs {
        combinations: combinations.filter(|(_, lists)| lists.iter().flatten().all(known)).collect(),
        needs: listed.iter().filter(|name| known(name)).cloned().collect(),
        further: further.map(|further| converter.convert(&further)),
        fields,
        body,
    }
}

/// The object schema behind `schema` if all it says can be said about the flat input object.
fn spreadable<'a>(schema: &Node<'a>, alone: bool) -> Option<Node<'a>> {
    let only_refers = schema.value.as_object()?.len() == 1 || schema.get("$ref").is_none();
    let object = schema.follow().ok().filter(|_| only_refers)?;
    let kind = object.value.get("type");
    let plain = kind.is_none() || kind == Some(&json!("object")) || kind == Some(&json!(["object"]));
    let properties = object.value.get("properties")?.as_object()?;
    let open = object.value.get("additionalProperties").is_some_and(|further| further != &Value::Bool(false));
    let understood = object.members().all(|(key, node)| {
        SPREADABLE.contains(&key)
            || key.starts_with("x-")
            || (key == "nullable" && node.value == &Value::Bool(false))
            || (COMBINATIONS.contains(&key) && required_lists(&node).is_some())
    });
    (plain && !properties.is_empty() && (alone || !open) && understood).then_some(object)
}

/// `[{required: […]}, …]` as lists of names; `None` if the branches say anything else.
fn required_lists(combination: &Node<'_>) -> Option<Vec<Vec<String>>> {
    let branches: Vec<Node<'_>> = combination.items().collect();
    let only = |branch: &Node<'_>| {
        branch.value.as_object().is_some_and(|keys| keys.len() == 1 && keys.contains_key("required"))
    };
    (!branches.is_empty() && branches.iter().all(only))
        .then(|| branches.iter().map(|branch| names(branch.get("required").as_ref())).collect())
}

fn names(list: Option<&Node<'_>>) -> Vec<String> {
    list.into_iter().flat_map(Node::items).filter_map(|name| name.value.as_str().map(str::to_owned)).collect()
}

fn encodings(described: &Node<'_>) -> Result<BTreeMap<String, Encoding>, String> {
    let mut encodings = BTreeMap::new();
    for (name, node) in described.get("encoding").iter().flat_map(Node::members) {
        let style = match node.text("style") {
            Some(written) => {
                let style = parameters::parse_style(written);
                Some(style.ok_or_else(|| format!("unknown style `{written}` in the encoding of `{name}`"))?)
            }
            None => None,
        };
        let content_type = node.text("contentType").map(str::to_owned);
        if content_type.as_ref().is_some_and(|kind| http::HeaderValue::try_from(kind).is_err()) {
            return Err(format!("the encoding of `{name}` has an invalid contentType"));
        }
        let encoding = Encoding {
            content_type,
            style,
            explode: node.get("explode").and_then(|flag| flag.value.as_bool()),
            allow_reserved: node.flag("allowReserved"),
        };
        encodings.insert(name.to_owned(), encoding);
    }
    Ok(encodings)
}

/// A media type that can be sent: ranges become JSON, which they include.
fn concrete(media: &str) -> Result<String, String> {
    let kind = responses::essence(media);
    if kind == "*/*" || kind == "application/*" {
        return Ok("application/json".to_owned());
    }
    let token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    let well_formed = kind.split_once('/').is_some_and(|(top, sub)| token(top) && token(sub));
    match well_formed && http::HeaderValue::try_from(media).is_ok() {
        true => Ok(media.trim().to_owned()),
        false => Err(format!("`{media}` is no media type that can be sent")),
    }
}

/// Raw bytes in a multipart body: 3.0 `format: binary`, 3.1 `contentMediaType` without text encoding.
fn is_binary(schema: &Node<'_>) -> bool {
    let items = || schema.get("items").and_then(|items| items.follow().ok());
    match schema.text("type") {
        Some("array") => items().is_some_and(|items| is_one_binary(&items)),
        _ => is_one_binary(schema),
    }
}

fn is_one_binary(schema: &Node<'_>) -> bool {
    let string = matches!(schema.text("type"), None | Some("string"));
    let media = schema
        .text("contentMediaType")
        .is_some_and(|media| !media.starts_with("text/") && !responses::is_json(media));
    string && (schema.text("format") == Some("binary") || (media && schema.get("contentEncoding").is_none()))
}

fn bytes_property(schema: &Node<'_>) -> Value {
    let mut described = match schema.text("type") {
        Some("array") => {
            Map::from_iter([("type".to_owned(), json!("array")), ("items".to_owned(), bytes_schema())])
        }
        _ => bytes_schema().as_object().cloned().unwrap_or_default(),
    };
    if let Some(text) = schema.text("description") {
        described.insert("description".to_owned(), text.into());
    }
    Value::Object(described)
}

fn bytes_schema() -> Value {
    json!({
        "type": "object",
        "description": "Bytes, as `text` (sent as UTF-8) or as `base64`.",
        "properties": {
            "text": { "type": "string" },
            "base64": { "type": "string", "contentEncoding": "base64" },
            "filename": { "type": "string" },
            "contentType": { "type": "string" },
        },
        "oneOf": [{ "required": ["text"] }, { "required": ["base64"] }],
        "additionalProperties": false,
    })
}
