//! JSON Schema violations in an author's words. Values are quoted shortened; nothing else of the file is.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

use super::{interpolate, schema};
use crate::findings::{Document, Finding, Location, pointer};
use crate::skill::suggest;

/// Collects findings about one document.
pub(super) struct Violations<'a> {
    document: &'a Document,
    schema: &'a Value,
    /// In no particular order.
    pub(super) findings: Vec<Finding>,
}

impl<'a> Violations<'a> {
    pub(super) fn new(document: &'a Document, schema: &'a Value) -> Self {
        Self { document, schema, findings: Vec::new() }
    }

    pub(super) fn add(&mut self, error: &ValidationError<'_>) {
        let path = error.instance_path().as_str();
        if path.starts_with("/environments/")
            && error.instance().as_str().is_some_and(interpolate::is_pending)
        {
            return;
        }
        match error.kind() {
            Kind::AdditionalProperties { unexpected } => self.unknown_keys(error, unexpected),
            Kind::Required { property } => self.missing_key(error, property),
            Kind::PropertyNames { error: inner } => self.bad_key(path, inner),
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => self.no_branch(error, context),
            Kind::Type { kind } => self.wrong_type(path, error.instance(), &types(kind)),
            Kind::Constant { expected_value } => {
                self.wrong_value(path, error.instance(), &[expected_value.as_ref()]);
            }
            Kind::Enum { options } => {
                let options: Vec<&Value> = options.as_array().into_iter().flatten().collect();
                self.wrong_value(path, error.instance(), &options);
            }
            _ => self.out_of_bounds(error),
        }
    }

    fn push(&mut self, code: &'static str, message: String, at: Location, hint: Option<String>) {
        let mut finding = Finding::error(code, message).at(at);
        finding.hint = hint;
        self.findings.push(finding);
    }

    fn unknown_keys(&mut self, error: &ValidationError<'_>, unexpected: &[String]) {
        let path = error.instance_path().as_str();
        let known: Vec<&str> = match self.siblings(error).and_then(|object| object.get("properties")) {
            Some(Value::Object(properties)) => properties.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        for key in unexpected {
            let near = suggest::closest(key, known.iter().copied());
            let hint = match near.first() {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known keys here: {}", known.join(", ")),
            };
            let at = self.document.key_at(&pointer(path, key));
            let message = format!("unknown key `{}` in {}", shortened(key), name(path));
            self.push("unknown-key", message, at, Some(hint));
        }
    }

    fn missing_key(&mut self, error: &ValidationError<'_>, property: &Value) {
        let path = error.instance_path().as_str();
        let key = property.as_str().unwrap_or_default();
        let about = self
            .siblings(error)
            .and_then(|object| object.pointer(&pointer("/properties", key))?.get("description")?.as_str())
            .map(|about| format!("add `{key}:` {}", lower_first(about.trim_end_matches('.'))));
        let at = self.document.key_at(path);
        self.push("missing-key", format!("{} lacks the key `{key}`", name(path)), at, about);
    }

    fn bad_key(&mut self, path: &str, inner: &ValidationError<'_>) {
        let key = inner.instance().as_str().unwrap_or_default().to_owned();
        let (what, hint) = complaint(inner);
        let at = self.document.key_at(&pointer(path, &key));
        self.push("bad-key", format!("the key `{}` in {} {what}", shortened(&key), name(path)), at, hint);
    }

    /// `anyOf` and `oneOf` separate kinds of values: report the violations of the kind that was meant.
    fn no_branch(&mut self, error: &ValidationError<'_>, context: &[Vec<ValidationError<'static>>]) {
        let path = error.instance_path().as_str();
        let tag = pointer(path, "provider");
        let rules_out = |each: &ValidationError<'_>| match each.kind() {
            Kind::Type { .. } => each.instance_path().as_str() == path,
            Kind::Constant { .. } => {
                each.instance_path().as_str() == path || each.instance_path().as_str() == tag
            }
            Kind::Required { property } => path == each.instance_path().as_str() && property == "provider",
            _ => false,
        };
        if let Some(branch) = context.iter().find(|branch| !branch.iter().any(rules_out)) {
            return branch.iter().for_each(|error| self.add(error));
        }
        let all = || context.iter().flatten().filter(|each| rules_out(each));
        let constants: Vec<(&str, &ValidationError<'_>, &Value)> = all()
            .filter_map(|each| match each.kind() {
                Kind::Constant { expected_value } => {
                    Some((each.instance_path().as_str(), each, expected_value.as_ref()))
                }
                _ => None,
            })
            .collect();
        if let Some((at, each, _)) = constants.first() {
            let options: Vec<&Value> = constants.iter().map(|(_, _, value)| *value).collect();
            return self.wrong_value(at, each.instance(), &options);
        }
        if let Some(missing) = all().find(|each| matches!(each.kind(), Kind::Required { .. })) {
            return self.add(missing);
        }
        let expected: Vec<String> = all()
            .filter_map(|each| match each.kind() {
                Kind::Type { kind } => Some(types(kind)),
                _ => None,
            })
            .flatten()
            .collect();
        self.wrong_type(path, error.instance(), &expected);
    }

    fn wrong_type(&mut self, path: &str, found: &Value, expected: &[String]) {
        if path.is_empty() && found.is_null() {
            let hint = "start with `version: 1`; `frontmcp-host schema` prints the format".to_owned();
            return self.push(
                "empty",
                "the manifest is empty".to_owned(),
                self.document.at(path),
                Some(hint),
            );
        }
        let mut wanted: Vec<&str> = expected.iter().map(|kind| kind_name(kind)).collect();
        wanted.dedup();
        let hint = match (found, expected) {
            (Value::Null, _) => Some("give it a value, or remove the key".to_owned()),
            (Value::Number(_) | Value::Bool(_), [only]) if only == "string" => {
                Some(format!("put it in quotes: \"{}\"", shortened(&found.to_string())))
            }
            (Value::String(text), [only]) if matches!(only.as_str(), "integer" | "boolean") => {
                let plain = text.parse::<i64>().is_ok() || matches!(text.as_str(), "true" | "false");
                let words = only == "boolean" && !plain;
                let plain = plain.then(|| format!("remove the quotes: {text}"));
                plain.or_else(|| words.then(|| "YAML 1.2 knows only `true` and `false`".to_owned()))
            }
            (_, [only]) if only == "array" => {
                Some("write a list: each item on a line that starts with `- `".to_owned())
            }
            _ => None,
        };
        let message = format!("{} must be {}, not {}", name(path), wanted.join(" or "), value_name(found));
        self.push("wrong-type", message, self.document.at(path), hint);
    }

    fn wrong_value(&mut self, path: &str, found: &Value, options: &[&Value]) {
        let texts: Vec<&str> = options.iter().filter_map(|option| option.as_str()).collect();
        let near =
            found.as_str().and_then(|text| suggest::closest(text, texts.iter().copied()).first().copied());
        let unquoted = |option: &&&Value| found.as_str().is_some_and(|text| text == option.to_string());
        let hint = match (near, options.iter().find(unquoted)) {
            (Some(near), _) => Some(format!("did you mean `{near}`?")),
            (None, Some(number)) => Some(format!("remove the quotes: {number}")),
            (None, None) => None,
        };
        let allowed: Vec<String> = options
            .iter()
            .map(|option| option.as_str().map_or(option.to_string(), |text| format!("`{text}`")))
            .collect();
        let allowed = match allowed.as_slice() {
            [only] => only.clone(),
            several => format!("one of {}", several.join(", ")),
        };
        let found = match found {
            Value::String(text) if !texts.is_empty() => format!("`{}`", shortened(text)),
            Value::String(_) | Value::Number(_) | Value::Bool(_) => {
                format!("`{}`", shortened(&found.to_string()))
            }
            _ => value_name(found),
        };
        let message = format!("{} must be {allowed}, not {found}", name(path));
        self.push("wrong-value", message, self.document.at(path), hint);
    }

    fn out_of_bounds(&mut self, error: &ValidationError<'_>) {
        let path = error.instance_path().as_str();
        let (what, hint) = match (error.kind(), self.siblings(error)) {
            (Kind::Minimum { .. } | Kind::Maximum { .. }, Some(schema)) => {
                let (low, high) = (&schema["minimum"], &schema["maximum"]);
                (format!("must be from {low} to {high}, not {}", error.instance()), None)
            }
            _ => complaint(error),
        };
        self.push("out-of-bounds", format!("{} {what}", name(path)), self.document.at(path), hint);
    }

    /// The schema object that the violated keyword stands in.
    fn siblings(&self, error: &ValidationError<'_>) -> Option<&'a Value> {
        let (object, _keyword) = error.schema_path().as_str().rsplit_once('/')?;
        self.schema.pointer(object)
    }
}

/// What is wrong with a text or a list, and how to mend it.
fn complaint(error: &ValidationError<'_>) -> (String, Option<String>) {
    let found = error.instance().as_str().map(shortened).unwrap_or_default();
    match error.kind() {
        Kind::MinLength { .. } => ("must not be empty".to_owned(), None),
        Kind::MinItems { limit } => (format!("needs at least {limit} item{}", plural(*limit)), None),
        Kind::MaxItems { limit } => {
            let count = error.instance().as_array().map_or(0, Vec::len);
            (format!("may have at most {limit} items, not {count}"), None)
        }
        Kind::Custom { message, .. } => {
            let count = error.instance().as_str().map_or(0, |text| text.encode_utf16().count());
            (format!("{message}, not {count}"), None)
        }
        Kind::Pattern { pattern } => {
            let rule = grammar(pattern).unwrap_or("match the pattern of the schema");
            (format!("must {rule}, not `{found}`"), constant_case(pattern, &found))
        }
        _ => (error.masked().to_string(), None),
    }
}

fn grammar(pattern: &str) -> Option<&'static str> {
    match pattern {
        schema::IDENT => Some("be a letter followed by letters, digits, `_` or `-`"),
        schema::SPEC_ID => Some("be letters, digits, `_`, `.` or `-`, the first a letter or digit"),
        schema::CONSTANT => Some("be capital letters, digits and `_`, the first a letter"),
        schema::DATE => Some("be a date like 2026-05-01"),
        _ => None,
    }
}

/// `acme-token` → `ACME_TOKEN`, if that mends it.
fn constant_case(pattern: &str, found: &str) -> Option<String> {
    let mended = found.to_ascii_uppercase().replace(['-', '.', ' '], "_");
    let fits = mended.starts_with(|c: char| c.is_ascii_uppercase())
        && mended.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    (pattern == schema::CONSTANT && fits).then(|| format!("write `{mended}`"))
}

fn types(kind: &TypeKind) -> Vec<String> {
    match kind {
        TypeKind::Single(one) => vec![one.to_string()],
        TypeKind::Multiple(several) => several.iter().map(|one| one.to_string()).collect(),
    }
}

fn kind_name(kind: &str) -> &'static str {
    match kind {
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a mapping",
        _ => "null",
    }
}

fn value_name(value: &Value) -> String {
    let name = match value {
        Value::Bool(_) | Value::Number(_) => return format!("`{value}`"),
        Value::Null => "empty",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    };
    name.to_owned()
}

/// `/specs/0/id` → `specs[0].id`.
pub(super) fn name(path: &str) -> String {
    if path.is_empty() {
        return "the manifest".to_owned();
    }
    let mut dotted = String::new();
    for token in path.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        if token.bytes().all(|byte| byte.is_ascii_digit()) && !token.is_empty() {
            dotted += &format!("[{token}]");
        } else {
            if !dotted.is_empty() {
                dotted.push('.');
            }
            dotted += &shortened(&token);
        }
    }
    format!("`{dotted}`")
}

/// At most 60 characters, on one line.
pub(super) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
    format!("({first}{})", characters.as_str())
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}
