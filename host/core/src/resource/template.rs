//! The URI template of a GET operation (RFC 6570): written for lists, matched segment by segment. Never calls anything.

use std::collections::BTreeSet;

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::types::{Shape, shape};
use super::uri::{Uri, decode};
use crate::openapi::classify::{LITERAL, Part, SCHEME, parts};
use crate::openapi::operation::{Input, Operation, Place};

/// What a variable name may have unescaped.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_');

/// How a resource is named.
#[derive(Debug)]
pub(super) struct Template {
    spec: String,
    segments: Vec<Segment>,
    query: Vec<Variable>,
}

/// What stands between two slashes.
#[derive(Debug)]
struct Segment(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    /// As it stands in a URI.
    Literal(String),
    Variable(Variable),
}

/// A value that a URI carries.
#[derive(Debug)]
pub(super) struct Variable {
    /// Its name in the URI.
    pub(super) name: String,
    /// The input it becomes.
    pub(super) key: String,
    shape: Shape,
    required: bool,
}

/// How much of a path is fixed; the smaller, the more. Segments count from the left: a literal before a mixture
/// before a variable.
pub(super) type Rank = Vec<u8>;

impl Template {
    /// The template of an operation; `None` if it is no GET, or needs inputs that a URI cannot carry.
    pub(super) fn of(operation: &Operation) -> Option<Self> {
        if operation.method != Method::GET || operation.inputs.iter().any(is_out_of_reach) {
            return None;
        }
        let path = operation.path.strip_prefix('/').unwrap_or(&operation.path);
        let segments: Vec<Segment> =
            path.split('/').map(|text| Segment::of(operation, text)).collect::<Option<_>>()?;
        let names: BTreeSet<&str> =
            segments.iter().flat_map(Segment::variables).map(|variable| variable.name.as_str()).collect();
        let mut query = Vec::new();
        for input in operation.inputs.iter().filter(|input| input.place == Place::Query) {
            // One name cannot stand for two values.
            let name = if names.contains(input.name.as_str()) { &input.key } else { &input.name };
            match shape(&operation.input_schema, &input.key) {
                Some(shape) => query.push(Variable::new(name, input, shape)),
                None if input.required => return None,
                None => {}
            }
        }
        Some(Self { spec: operation.spec.clone(), segments, query })
    }

    /// The URI of the resource that needs no values; `None` if every one does.
    pub(super) fn uri(&self) -> Option<String> {
        let needs = self.segments.iter().flat_map(Segment::variables).next().is_some()
            || self.query.iter().any(|variable| variable.required);
        (!needs).then(|| self.path())
    }

    /// The template as text; `None` if there is nothing to fill in.
    pub(super) fn text(&self) -> Option<String> {
        self.variables().next()?;
        let query: Vec<String> = self.query.iter().map(Variable::expression).collect();
        let query = if query.is_empty() { String::new() } else { format!("{{?{}}}", query.join(",")) };
        Some(self.path() + &query)
    }

    /// Every variable, in the order in which they stand.
    pub(super) fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.segments.iter().flat_map(Segment::variables).chain(&self.query)
    }

    pub(super) fn rank(&self) -> Rank {
        self.segments.iter().map(Segment::rank).collect()
    }

    fn path(&self) -> String {
        let segments: Vec<String> = self.segments.iter().map(Segment::text).collect();
        format!("{SCHEME}{}/{}", self.spec, segments.join("/"))
    }

    /// The values of the path's variables, by input, if the path fits.
    pub(super) fn match_path(&self, uri: &Uri<'_>) -> Option<Map<String, Value>> {
        if uri.spec != self.spec || uri.segments.len() != self.segments.len() {
            return None;
        }
        let mut values = Map::new();
        for (segment, text) in self.segments.iter().zip(&uri.segments) {
            segment.match_into(text, &mut values)?;
        }
        Some(values)
    }

    /// Adds the values of the query. The error lists the names that mean nothing here or come too often.
    pub(super) fn match_query(
        &self,
        uri: &Uri<'_>,
        values: &mut Map<String, Value>,
    ) -> Result<(), Vec<String>> {
        let mut problems = Vec::new();
        for (name, text) in &uri.query {
            match self.query.iter().find(|variable| variable.name == *name) {
                None => problems.push(format!("the resource has no parameter `{name}`")),
                Some(variable) => match (&variable.shape, values.get_mut(&variable.key)) {
                    (Shape::Scalar(types), None) => {
                        values.insert(variable.key.clone(), types.value(text.clone()));
                    }
                    (Shape::List(types), Some(Value::Array(items))) => items.push(types.value(text.clone())),
                    (Shape::List(types), _) => {
                        values.insert(variable.key.clone(), vec![types.value(text.clone())].into());
                    }
                    (Shape::Scalar(_), Some(_)) => problems.push(format!("`{name}` is given twice")),
                },
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

/// Headers, cookies and bodies are not part of a URI.
fn is_out_of_reach(input: &Input) -> bool {
    input.required && !matches!(input.place, Place::Path | Place::Query)
}

impl Segment {
    /// Two variables side by side could not be told apart.
    fn of(operation: &Operation, text: &str) -> Option<Self> {
        let mut pieces: Vec<Piece> = Vec::new();
        for part in parts(text) {
            let piece = match part {
                Part::Text(text) => Piece::Literal(utf8_percent_encode(text, LITERAL).to_string()),
                Part::Placeholder(_) if matches!(pieces.last(), Some(Piece::Variable(_))) => return None,
                Part::Placeholder(name) => {
                    let mut inputs = operation.inputs.iter();
                    let input = inputs.find(|input| input.place == Place::Path && input.name == name)?;
                    match shape(&operation.input_schema, &input.key)? {
                        Shape::List(_) => return None,
                        shape => Piece::Variable(Variable::new(name, input, shape)),
                    }
                }
            };
            pieces.push(piece);
        }
        Some(Self(pieces))
    }

    fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable(variable) => Some(variable),
            Piece::Literal(_) => None,
        })
    }

    fn rank(&self) -> u8 {
        match self.0.as_slice() {
            [Piece::Variable(_)] => 2,
            pieces if pieces.iter().any(|piece| matches!(piece, Piece::Variable(_))) => 1,
            _ => 0,
        }
    }

    fn text(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Variable(variable) => format!("{{{}}}", escaped(&variable.name)),
        };
        self.0.iter().map(piece).collect()
    }

    /// A variable takes as little as lets the literal behind it follow; the last literal ends the segment.
    fn match_into(&self, text: &str, values: &mut Map<String, Value>) -> Option<()> {
        let mut rest = text;
        for (at, piece) in self.0.iter().enumerate() {
            match piece {
                Piece::Literal(literal) => rest = rest.strip_prefix(literal.as_str())?,
                Piece::Variable(variable) => {
                    let end = match self.0.get(at + 1) {
                        Some(Piece::Literal(next)) if at + 2 == self.0.len() => {
                            rest.strip_suffix(next.as_str())?.len()
                        }
                        Some(Piece::Literal(next)) => rest.find(next.as_str())?,
                        _ => rest.len(),
                    };
                    let value =
                        decode(&rest[..end]).filter(|value| !matches!(value.as_str(), "" | "." | ".."))?;
                    values.insert(variable.key.clone(), variable.value(value));
                    rest = &rest[end..];
                }
            }
        }
        rest.is_empty().then_some(())
    }
}

impl Variable {
    fn new(name: &str, input: &Input, shape: Shape) -> Self {
        Self { name: name.to_owned(), key: input.key.clone(), shape, required: input.required }
    }

    fn value(&self, text: String) -> Value {
        match self.shape {
            Shape::Scalar(types) | Shape::List(types) => types.value(text),
        }
    }

    fn expression(&self) -> String {
        let explode = if matches!(self.shape, Shape::List(_)) { "*" } else { "" };
        escaped(&self.name) + explode
    }
}

fn escaped(name: &str) -> String {
    utf8_percent_encode(name, NAME).to_string()
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
