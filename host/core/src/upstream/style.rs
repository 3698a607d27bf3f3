//! OpenAPI `style` and `explode`: values → the texts that a path, query, header or cookie carries.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::openapi::operation::Style;
use crate::openapi::scalar;

/// Everything but RFC 3986 unreserved characters.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// `allowReserved`: what RFC 3986 allows in a query, without `&`, `=` and `+`, which would mean something else.
const RESERVED: &AsciiSet = &UNRESERVED
    .remove(b':')
    .remove(b'/')
    .remove(b'?')
    .remove(b'@')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b',')
    .remove(b';');

/// How names and values are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// Percent-encoding of everything but unreserved characters.
    Percent,
    /// Percent-encoding that leaves reserved characters and existing `%XX` alone.
    Reserved,
    /// As it is; for headers.
    Raw,
}

/// Escapes one text.
pub(super) fn escape(text: &str, how: Escape) -> String {
    match how {
        Escape::Percent => utf8_percent_encode(text, UNRESERVED).to_string(),
        Escape::Reserved => reserved(text),
        Escape::Raw => text.to_owned(),
    }
}

fn reserved(text: &str) -> String {
    let mut escaped = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        escaped.extend(utf8_percent_encode(&rest[..at], RESERVED));
        let triple =
            rest.get(at..at + 3).filter(|triple| triple.bytes().skip(1).all(|byte| byte.is_ascii_hexdigit()));
        escaped.push_str(triple.unwrap_or("%25"));
        rest = &rest[at + triple.map_or(1, str::len)..];
    }
    escaped.extend(utf8_percent_encode(rest, RESERVED));
    escaped
}

/// A value taken apart: the only shapes a style is defined for.
enum Shape {
    Scalar(String),
    List(Vec<String>),
    Object(Vec<(String, String)>),
}

/// Null items and members are left out, as RFC 6570 does with undefined ones. Deeper nesting has no defined form.
fn shape(value: &Value) -> Result<Shape, String> {
    let nested = || "nested arrays and objects have no defined form here".to_owned();
    let inner = |value: &Value| scalar::text(value).ok_or_else(nested);
    Ok(match value {
        Value::Array(items) => {
            Shape::List(items.iter().filter(|item| !item.is_null()).map(inner).collect::<Result<_, _>>()?)
        }
        Value::Object(members) => {
            let present = members.iter().filter(|(_, value)| !value.is_null());
            let pairs = present.map(|(key, value)| Ok((key.clone(), inner(value)?)));
            Shape::Object(pairs.collect::<Result<_, String>>()?)
        }
        value => Shape::Scalar(inner(value)?),
    })
}

/// A `simple`, `label` or `matrix` value: one piece of text for a path or header.
pub(super) fn single(
    name: &str,
    value: &Value,
    style: Style,
    explode: bool,
    how: Escape,
) -> Result<String, String> {
    let escaped = |text: &String| escape(text, how);
    let pair = |(key, value): &(String, String), between: &str| {
        format!("{}{between}{}", escaped(key), escaped(value))
    };
    let shape = shape(value)?;
    Ok(match style {
        Style::Label => {
            let separator = if explode { "." } else { "," };
            let text = match &shape {
                Shape::Scalar(text) => escaped(text),
                Shape::List(items) => join(items.iter().map(escaped), separator),
                Shape::Object(pairs) => {
                    join(pairs.iter().map(|each| pair(each, if explode { "=" } else { "," })), separator)
                }
            };
            format!(".{text}")
        }
        Style::Matrix => match &shape {
            Shape::Scalar(text) => matrix(name, &escaped(text)),
            Shape::List(items) if explode => items.iter().map(|item| matrix(name, &escaped(item))).collect(),
            Shape::List(items) => matrix(name, &join(items.iter().map(escaped), ",")),
            Shape::Object(pairs) if explode => {
                pairs.iter().map(|(key, value)| matrix(key, &escaped(value))).collect()
            }
            Shape::Object(pairs) => matrix(name, &join(pairs.iter().map(|each| pair(each, ",")), ",")),
        },
        _ => match &shape {
            Shape::Scalar(text) => escaped(text),
            Shape::List(items) => join(items.iter().map(escaped), ","),
            Shape::Object(pairs) => {
                join(pairs.iter().map(|each| pair(each, if explode { "=" } else { "," })), ",")
            }
        },
    })
}

fn matrix(name: &str, value: &str) -> String {
    let name = escape(name, Escape::Percent);
    if value.is_empty() { format!(";{name}") } else { format!(";{name}={value}") }
}

fn join(items: impl Iterator<Item = String>, separator: &str) -> String {
    items.collect::<Vec<_>>().join(separator)
}

/// A `form`, `spaceDelimited`, `pipeDelimited` or `deepObject` value: escaped name and value pairs for a query, form
/// or cookie. Nothing at all for an empty array or object.
pub(super) fn pairs(
    name: &str,
    value: &Value,
    style: Style,
    explode: bool,
    how: Escape,
) -> Result<Vec<(String, String)>, String> {
    let escaped = |text: &str| escape(text, how);
    let name_escaped = escape(name, Escape::Percent);
    let separator = match style {
        Style::SpaceDelimited => "%20",
        Style::PipeDelimited => "%7C",
        _ => ",",
    };
    Ok(match (shape(value)?, style) {
        (Shape::Object(members), Style::DeepObject) => {
            let key = |member: &str| escape(&format!("{name}[{member}]"), Escape::Percent);
            members.iter().map(|(member, value)| (key(member), escaped(value))).collect()
        }
        (_, Style::DeepObject) => return Err("deepObject is only defined for objects".to_owned()),
        (Shape::Scalar(text), _) => vec![(name_escaped, escaped(&text))],
        (Shape::List(items), _) if items.is_empty() => Vec::new(),
        (Shape::Object(members), _) if members.is_empty() => Vec::new(),
        (Shape::List(items), _) if explode => {
            items.iter().map(|item| (name_escaped.clone(), escaped(item))).collect()
        }
        (Shape::List(items), _) => {
            vec![(name_escaped, join(items.iter().map(|item| escaped(item)), separator))]
        }
        (Shape::Object(members), _) if explode => {
            members.iter().map(|(key, value)| (escape(key, Escape::Percent), escaped(value))).collect()
        }
        (Shape::Object(members), _) => {
            let flat = members.iter().flat_map(|(key, value)| [escaped(key), escaped(value)]);
            vec![(name_escaped, join(flat, separator))]
        }
    })
}

#[cfg(test)]
#[path = "style_tests.rs"]
mod tests;
