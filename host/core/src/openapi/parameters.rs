//! `parameters` of a path item and an operation → one list, the operation's own winning by place and name.

use http::HeaderName;

use super::classify::{Part, parts};
use super::description::Node;
use super::operation::{Place, Style};
use crate::findings::Finding;

/// Parameters one operation may have.
const MAX_PARAMETERS: usize = 500;
/// Headers that OpenAPI says to ignore as parameters: something else decides about them.
const DECIDED_ELSEWHERE: &[&str] = &["accept", "content-type", "authorization"];
/// Headers that frame the message or belong to the connection; a caller must not set them.
const FRAMING: &[&str] = &[
    "host",
    "cookie",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
];

/// One parameter, read and checked; its schema still stands in the description.
#[derive(Debug, Clone)]
pub(super) struct Parameter<'a> {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) required: bool,
    pub(super) style: Style,
    pub(super) explode: bool,
    pub(super) allow_reserved: bool,
    /// The media type, for parameters described by `content`.
    pub(super) content: Option<String>,
    /// `None` for any value.
    pub(super) schema: Option<Node<'a>>,
    /// The parameter object; `None` if only the path template mentions it.
    pub(super) node: Option<Node<'a>>,
}

/// Merges the two lists and compares them with the path template. Errors make the operation unusable.
pub(super) fn collect<'a>(
    path: &str,
    item: &Node<'a>,
    operation: &Node<'a>,
    findings: &mut Vec<Finding>,
) -> Vec<Parameter<'a>> {
    let mut merged: Vec<Parameter<'a>> = Vec::new();
    for level in [item, operation] {
        let inherited = merged.len();
        let list = level.get("parameters");
        for node in list.iter().flat_map(Node::items) {
            match read(&node) {
                Ok(Some(parameter)) => insert(parameter, &node, inherited, &mut merged, findings),
                Ok(None) => {}
                Err(finding) => findings.push(finding),
            }
        }
    }
    if merged.len() > MAX_PARAMETERS {
        let message = format!("more than {MAX_PARAMETERS} parameters");
        findings.push(Finding::error("too-many-parameters", message).at(operation.key_at()));
        merged.clear();
    }
    match_template(path, operation, &mut merged, findings);
    merged
}

fn insert<'a>(
    parameter: Parameter<'a>,
    node: &Node<'a>,
    inherited: usize,
    merged: &mut Vec<Parameter<'a>>,
    findings: &mut Vec<Finding>,
) {
    match merged.iter().position(|each| same(each, &parameter)) {
        Some(at) if at >= inherited => {
            let message = format!("parameter `{}` is declared twice", parameter.name);
            findings.push(
                Finding::warning("duplicate-parameter", message).at(node.at()).hint("the first one counts"),
            );
        }
        Some(at) => merged[at] = parameter,
        None => merged.push(parameter),
    }
}

fn same(one: &Parameter<'_>, other: &Parameter<'_>) -> bool {
    let names = match one.place {
        Place::Header => one.name.eq_ignore_ascii_case(&other.name),
        _ => one.name == other.name,
    };
    one.place == other.place && names
}

/// `None` for a parameter that OpenAPI says to ignore.
fn read<'a>(written: &Node<'a>) -> Result<Option<Parameter<'a>>, Finding> {
    let bad = |message: String| Finding::error("bad-parameter", message).at(written.at());
    let node = written.follow().map_err(bad)?;
    let name = node.text("name").filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| bad("a parameter needs a `name`".to_owned()))?.to_owned();
    let place = match node.text("in") {
        Some("path") => Place::Path,
        Some("query") => Place::Query,
        Some("header") => Place::Header,
        Some("cookie") => Place::Cookie,
        other => {
            let other = other.unwrap_or("nothing");
            return Err(bad(format!(
                "parameter `{name}` is in `{other}`; use path, query, header or cookie"
            )));
        }
    };
    if matches!(place, Place::Header | Place::Cookie) && HeaderName::try_from(&name).is_err() {
        return Err(bad(format!("`{name}` is no valid name for a header or cookie")));
    }
    if place == Place::Header && is_reserved(&name) {
        return Ok(None);
    }
    let content = node.get("content").and_then(|content| content.members().next());
    let (content, schema) = match content {
        Some((media, described)) => (Some(media.to_owned()), described.get("schema")),
        None => (None, node.get("schema")),
    };
    if let Some(media) = content.as_deref().filter(|media| !is_text_or_json(media)) {
        return Err(bad(format!(
            "parameter `{name}` is serialised as `{media}`; only JSON and text are supported"
        )));
    }
    let style = style(&node, place).map_err(bad)?;
    Ok(Some(Parameter {
        required: place == Place::Path || node.flag("required"),
        explode: node.get("explode").and_then(|flag| flag.value.as_bool()).unwrap_or(style == Style::Form),
        allow_reserved: node.flag("allowReserved"),
        style,
        name,
        place,
        content,
        schema,
        node: Some(node),
    }))
}

/// Whether a header parameter of this name is left to the host.
pub(super) fn is_reserved(header: &str) -> bool {
    let header = header.to_ascii_lowercase();
    let list = [DECIDED_ELSEWHERE, FRAMING].concat();
    list.contains(&header.as_str()) || header.starts_with("proxy-") || header.starts_with("sec-")
}

fn is_text_or_json(media: &str) -> bool {
    super::responses::is_json(media) || media.starts_with("text/")
}

fn style(node: &Node<'_>, place: Place) -> Result<Style, String> {
    let Some(written) = node.text("style") else {
        return Ok(if matches!(place, Place::Path | Place::Header) { Style::Simple } else { Style::Form });
    };
    match (place, parse_style(written)) {
        (Place::Path, Some(style @ (Style::Simple | Style::Label | Style::Matrix)))
        | (Place::Header, Some(style @ Style::Simple))
        | (Place::Cookie, Some(style @ Style::Form))
        | (
            Place::Query,
            Some(style @ (Style::Form | Style::SpaceDelimited | Style::PipeDelimited | Style::DeepObject)),
        ) => Ok(style),
        _ => Err(format!("style `{written}` is not defined for this place")),
    }
}

/// A style by its OpenAPI name.
pub(super) fn parse_style(name: &str) -> Option<Style> {
    Some(match name {
        "simple" => Style::Simple,
        "label" => Style::Label,
        "matrix" => Style::Matrix,
        "form" => Style::Form,
        "spaceDelimited" => Style::SpaceDelimited,
        "pipeDelimited" => Style::PipeDelimited,
        "deepObject" => Style::DeepObject,
        _ => return None,
    })
}

/// Adds what only the template mentions, drops what it does not mention.
fn match_template(
    path: &str,
    operation: &Node<'_>,
    merged: &mut Vec<Parameter<'_>>,
    findings: &mut Vec<Finding>,
) {
    let names: Vec<&str> = parts(path)
        .filter_map(|part| match part {
            Part::Placeholder(name) => Some(name),
            Part::Text(_) => None,
        })
        .collect();
    merged.retain(|each| {
        let used = each.place != Place::Path || names.contains(&each.name.as_str());
        if !used {
            let message = format!("path parameter `{}` does not occur in `{path}`", each.name);
            let place = each.node.as_ref().map_or_else(|| operation.key_at(), Node::at);
            findings.push(Finding::warning("unused-path-parameter", message).at(place));
        }
        used
    });
    for name in names {
        if !merged.iter().any(|each| each.place == Place::Path && each.name == name) {
            let message =
                format!("`{{{name}}}` in `{path}` has no parameter; it is taken for a required string");
            let hint = format!("declare a path parameter called `{name}`");
            findings
                .push(Finding::warning("missing-path-parameter", message).at(operation.key_at()).hint(hint));
            merged.push(undeclared(name));
        }
    }
}

fn undeclared<'a>(name: &str) -> Parameter<'a> {
    Parameter {
        name: name.to_owned(),
        place: Place::Path,
        required: true,
        style: Style::Simple,
        explode: false,
        allow_reserved: false,
        content: None,
        schema: None,
        node: None,
    }
}
