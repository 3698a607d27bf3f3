//! The resources that GET operations are: how they are listed, and which of them a URI names. Never performs one.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Missing;
use super::template::{Rank, Template};
use super::types;
use super::uri::Uri;
use crate::mcp::pages::Listed;
use crate::mcp::surface::Offer;
use crate::openapi::classify::Expose;
use crate::openapi::operation::Operation;
use crate::openapi::schema::Violation;

/// Bytes of a description in a list.
const MAX_DESCRIPTION: usize = 1_000;
/// Values of one variable that are offered for completion.
const MAX_VALUES: usize = 1_000;

/// The operations that are resources, by spec, most literal path first.
#[derive(Debug)]
pub(super) struct Operations(BTreeMap<String, Vec<Entry>>);

#[derive(Debug)]
struct Entry {
    rank: Rank,
    template: Template,
    operation: Arc<Operation>,
}

impl Operations {
    pub(super) fn of(operations: &BTreeMap<String, Arc<Operation>>) -> Self {
        let mut specs: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        for entry in operations.values().filter_map(Entry::of) {
            specs.entry(entry.operation.spec.clone()).or_default().push(entry);
        }
        // Stable, so that equals stay in order of tool names.
        specs.values_mut().for_each(|entries| entries.sort_by(|one, other| one.rank.cmp(&other.rank)));
        Self(specs)
    }

    pub(super) fn offer(&self, offer: &mut Offer) {
        for entry in self.0.values().flatten() {
            if let Some(uri) = entry.template.uri() {
                offer.resources.push(Listed { value: entry.listing("uri", &uri), key: uri });
            }
            let Some(template) = entry.template.text() else { continue };
            let value = entry.listing("uriTemplate", &template);
            let known = entry.known_values();
            if !known.is_empty() {
                offer.completions.insert(template.clone(), known);
            }
            offer.templates.push(Listed { key: format!("{template}\n{}", entry.operation.name), value });
        }
    }

    /// The operation a URI names, and its input. Of paths that fit, the most literal ones count; of those, the first
    /// whose schema takes the values.
    pub(super) fn find(&self, uri: &str) -> Result<(&Operation, Value), Missing> {
        let uri = Uri::parse(uri).ok_or(Missing::Unknown)?;
        let entries = self.0.get(uri.spec).map(Vec::as_slice).unwrap_or_default();
        let mut fitting =
            entries.iter().filter_map(|entry| Some((entry, entry.template.match_path(&uri)?))).peekable();
        let rank = fitting.peek().map(|(entry, _)| &entry.rank).ok_or(Missing::Unknown)?.clone();
        let mut refused = None;
        for (entry, values) in fitting.take_while(|(entry, _)| entry.rank == rank) {
            match entry.input(&uri, values) {
                Ok(input) => return Ok((&entry.operation, input)),
                Err(problems) => refused = refused.or(Some(problems)),
            }
        }
        Err(refused.map_or(Missing::Unknown, Missing::Invalid))
    }
}

impl Entry {
    fn of(operation: &Arc<Operation>) -> Option<Self> {
        if operation.classification.expose == Expose::Tool {
            return None;
        }
        let template = Template::of(operation)?;
        Some(Self { rank: template.rank(), template, operation: operation.clone() })
    }

    fn input(&self, uri: &Uri<'_>, mut values: Map<String, Value>) -> Result<Value, Vec<String>> {
        self.template.match_query(uri, &mut values)?;
        let input = Value::Object(values);
        let checked = self.operation.checks.input(&self.operation.input_schema, &input);
        let problems = |violations: Vec<Violation>| violations.iter().map(ToString::to_string).collect();
        checked.map(|()| input).map_err(problems)
    }

    fn listing(&self, member: &str, uri: &str) -> Value {
        let operation = &self.operation;
        let mut listing = json!({member: uri, "name": operation.tool()});
        let (summary, description) = (operation.summary.trim(), operation.description.trim());
        if !summary.is_empty() {
            listing["title"] = clipped(summary).into();
        }
        match (description, summary) {
            ("", "") => {}
            ("", text) | (text, _) => listing["description"] = clipped(text).into(),
        }
        if let Some(media) = described_media(operation.output_schema.as_ref()) {
            listing["mimeType"] = media.into();
        }
        listing
    }

    fn known_values(&self) -> BTreeMap<String, Vec<String>> {
        let variables = self.template.variables().map(|variable| {
            let mut values = types::known_values(&self.operation.input_schema, &variable.key);
            values.truncate(MAX_VALUES);
            (variable.name.clone(), values)
        });
        variables.filter(|(_, values)| !values.is_empty()).collect()
    }
}

/// JSON, unless the schema is the one that stands for text or bytes, whose media type nobody kept.
fn described_media(schema: Option<&Value>) -> Option<&'static str> {
    let schema = schema?;
    let properties = schema.get("properties").and_then(Value::as_object);
    let is_bytes = properties.is_some_and(|properties| {
        properties.len() == 2 && properties.contains_key("contentType") && properties.contains_key("base64")
    });
    let is_plain = is_bytes
        || schema.get("anyOf").is_some()
        || matches!(schema.get("type").and_then(Value::as_str), Some("string" | "null"));
    (!is_plain).then_some("application/json")
}

fn clipped(text: &str) -> String {
    if text.len() <= MAX_DESCRIPTION {
        return text.to_owned();
    }
    let end = (0..=MAX_DESCRIPTION).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", &text[..end])
}
