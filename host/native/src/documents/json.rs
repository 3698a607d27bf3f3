//! JSON → [`Document`]. Refuses keys given twice, which serde_json alone would merge in silence. Positions are
//! computed only when a finding asks for them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use frontmcp_core::findings::{Document, Finding, Mark, Marks, pointer};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Value};

use super::{check_size, location, position};

/// Reads one JSON text (RFC 8259), with or without a byte order mark.
///
/// # Errors
/// The first syntax error, or every key given twice.
pub fn read(file: &str, text: &str) -> Result<Document, Vec<Finding>> {
    check_size(file, text)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let twice = Cell::new(false);
    let mut parser = serde_json::Deserializer::from_str(text);
    let value = Tree { twice: &twice }
        .deserialize(&mut parser)
        .and_then(|value| parser.end().map(|()| value))
        .map_err(|error| vec![syntax_finding(file, text, &error)])?;
    if twice.get() {
        return Err(twins(file, text));
    }
    let source: Arc<str> = text.into();
    Ok(Document { file: file.to_owned(), value, marks: Marks::lazy(move || Scanner::scan(&source).marks) })
}

fn syntax_finding(file: &str, text: &str, error: &serde_json::Error) -> Finding {
    let told = error.to_string();
    let reason = told.split(" at line ").next().unwrap_or(&told);
    let place = characters(text, error.line(), error.column());
    let finding =
        Finding::error("json-syntax", format!("not valid JSON: {reason}")).at(location(file, place));
    match error.classify() {
        Category::Eof => finding.hint("the text ends too early; close what is open"),
        _ if reason.starts_with("recursion") => {
            finding.hint("at most 128 levels of lists and objects are read")
        }
        _ if reason.starts_with("trailing comma") => finding.hint("remove the comma"),
        _ if reason.starts_with("key must be") => finding.hint("put the key in double quotes"),
        _ => finding,
    }
}

/// serde_json counts bytes; authors count characters.
fn characters(text: &str, line: usize, column: usize) -> (u32, u32) {
    let content = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default();
    let before = content.char_indices().take_while(|(at, _)| at + 1 < column).count();
    (position(line.max(1)), position(before + 1))
}

fn twins(file: &str, text: &str) -> Vec<Finding> {
    let scanner = Scanner::scan(text);
    let finding = |(at, place): &(String, (u32, u32))| {
        let key = at.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
        let first = scanner.marks.get(at).and_then(|mark| mark.key).map_or(1, |(line, _)| line);
        Finding::error("duplicate-key", format!("the key `{key}` is given twice"))
            .at(location(file, *place))
            .hint(format!("it is first given on line {first}; keep one of them"))
    };
    scanner.twins.iter().map(finding).collect()
}

/// Builds a [`Value`] like serde_json does, and notices keys given twice.
#[derive(Clone, Copy)]
struct Tree<'a> {
    twice: &'a Cell<bool>,
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(self)?;
            if map.insert(key, value).is_some() {
                self.twice.set(true);
            }
        }
        Ok(Value::Object(map))
    }
}

/// Walks text that serde_json has accepted, and notes where everything stands.
struct Scanner<'a> {
    rest: std::iter::Peekable<std::str::CharIndices<'a>>,
    text: &'a str,
    place: (u32, u32),
    stack: Vec<Frame>,
    marks: BTreeMap<String, Mark>,
    twins: Vec<(String, (u32, u32))>,
}

struct Frame {
    pointer: String,
    next: Next,
}

enum Next {
    Index(usize),
    Key,
    /// The value of this key; the second is its place.
    Value(String, (u32, u32)),
}

impl<'a> Scanner<'a> {
    fn scan(text: &'a str) -> Self {
        let rest = text.char_indices().peekable();
        let mut scanner =
            Self { rest, text, place: (1, 1), stack: Vec::new(), marks: BTreeMap::new(), twins: Vec::new() };
        while let Some(&(at, character)) = scanner.rest.peek() {
            scanner.token(at, character);
        }
        scanner
    }

    fn token(&mut self, at: usize, character: char) {
        let place = self.place;
        match character {
            '{' => self.open(Next::Key, place),
            '[' => self.open(Next::Index(0), place),
            '}' | ']' => {
                self.advance();
                self.stack.pop();
            }
            '"' => {
                let literal = self.string(at);
                match self.stack.last_mut() {
                    Some(Frame { next: next @ Next::Key, .. }) => {
                        *next = Next::Value(serde_json::from_str(literal).unwrap_or_default(), place);
                    }
                    _ => drop(self.value(place)),
                }
            }
            ',' | ':' | ' ' | '\t' | '\r' | '\n' => self.advance(),
            _ => {
                while self
                    .rest
                    .peek()
                    .is_some_and(|(_, c)| !matches!(c, ',' | ']' | '}' | ' ' | '\t' | '\r' | '\n'))
                {
                    self.advance();
                }
                self.value(place);
            }
        }
    }

    fn open(&mut self, next: Next, place: (u32, u32)) {
        self.advance();
        let pointer = self.value(place);
        self.stack.push(Frame { pointer, next });
    }

    /// Notes a value and returns its pointer.
    fn value(&mut self, value: (u32, u32)) -> String {
        let Some(frame) = self.stack.last_mut() else {
            self.marks.insert(String::new(), Mark { value, key: None });
            return String::new();
        };
        let (at, key, following) = match &frame.next {
            Next::Index(index) => (format!("{}/{index}", frame.pointer), None, Next::Index(index + 1)),
            Next::Value(key, place) => (pointer(&frame.pointer, key), Some(*place), Next::Key),
            Next::Key => (frame.pointer.clone(), None, Next::Key),
        };
        frame.next = following;
        if let Some(place) = key.filter(|_| self.marks.contains_key(&at)) {
            self.twins.push((at.clone(), place));
        } else {
            self.marks.insert(at.clone(), Mark { value, key });
        }
        at
    }

    fn string(&mut self, start: usize) -> &'a str {
        self.advance();
        let mut escaped = false;
        while let Some(&(at, character)) = self.rest.peek() {
            self.advance();
            match character {
                '"' if !escaped => return &self.text[start..=at],
                '\\' => escaped = !escaped,
                _ => escaped = false,
            }
        }
        &self.text[start..]
    }

    fn advance(&mut self) {
        match self.rest.next() {
            Some((_, '\n')) => self.place = (self.place.0 + 1, 1),
            _ => self.place.1 += 1,
        }
    }
}
