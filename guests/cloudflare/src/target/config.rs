//! A configuration as an ordered tree with comments. Knows neither TOML nor JSON.

use serde_json::Value;

/// A value. There is no null: TOML has none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Text(String),
    Flag(bool),
    Number(serde_json::Number),
    List(Vec<Node>),
    Table(Table),
}

/// Keys with values, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Table {
    /// Lines about the whole of it.
    pub(crate) comments: Vec<String>,
    pub(crate) entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// Lines about this value.
    pub(crate) comments: Vec<String>,
    pub(crate) key: String,
    pub(crate) node: Node,
}

impl Table {
    pub(crate) fn set(&mut self, key: impl Into<String>, node: impl Into<Node>) {
        self.set_about(key, node, Vec::new());
    }

    /// Adds a value with lines about it.
    pub(crate) fn set_about(&mut self, key: impl Into<String>, node: impl Into<Node>, comments: Vec<String>) {
        self.entries.push(Entry { comments, key: key.into(), node: node.into() });
    }

    /// Adds a list, unless it is empty.
    pub(crate) fn set_list(&mut self, key: &str, items: Vec<Node>) {
        if !items.is_empty() {
            self.set(key, Node::List(items));
        }
    }

    /// A table of texts.
    pub(crate) fn of(texts: &[(&str, &str)]) -> Self {
        let mut table = Self::default();
        for (key, text) in texts {
            table.set(*key, *text);
        }
        table
    }
}

impl Node {
    /// JSON, nulls left out. Members come in order of their names, since not every reader keeps another order.
    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(flag) => Self::Flag(*flag),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::List(items.iter().filter_map(Self::from_json).collect()),
            Value::Object(members) => {
                let mut table = Table::default();
                let mut members: Vec<_> = members.iter().collect();
                members.sort_by_key(|(key, _)| *key);
                for (key, value) in members {
                    if let Some(node) = Self::from_json(value) {
                        table.set(key.as_str(), node);
                    }
                }
                Self::Table(table)
            }
        })
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<bool> for Node {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Table> for Node {
    fn from(table: Table) -> Self {
        Self::Table(table)
    }
}

/// A list of texts.
pub(crate) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Node {
    Node::List(texts.into_iter().map(Node::from).collect())
}

/// A line of a comment that cannot end before its end, and that no terminal acts on.
pub(crate) fn line(text: &str) -> String {
    text.chars().map(|c| if is_unsafe(c) { ' ' } else { c }).collect::<String>().trim_end().to_owned()
}

/// A quoted text with everything escaped that could end it, hide in it, or reorder it on a screen. TOML's basic
/// strings and JSON's have these escapes in common.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // All of them are below U+10000.
            c if is_unsafe(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Control characters, line and paragraph separators, marks of direction, the byte order mark.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
