//! Lists in pages: items written out once, and the opaque cursors between pages. Never knows what a list means.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::mcp::jsonrpc::{RpcError, json as text};
use crate::mcp::version::Version;

/// Bytes of one page's items, unless a single one has more.
const MAX_PAGE_BYTES: usize = 512 << 10;

/// Something in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Its place in the list: items are in order of their keys, and no two share one.
    pub key: String,
    /// What clients are shown, with everything that any version has.
    pub value: Value,
}

/// A list that does not change.
#[derive(Debug)]
pub struct Pages {
    member: &'static str,
    scope: String,
    max_items: usize,
    items: Vec<Item>,
}

/// One item as text; the versions that show less of it have a text of their own.
#[derive(Debug)]
struct Item {
    key: String,
    whole: String,
    untitled: Option<String>,
    plain: Option<String>,
}

impl Pages {
    /// Writes a list out. `member` is the result's member that holds the items, `scope` says which list it is, so
    /// that a cursor of one list is no cursor of another. `annotated` names what 2024-11-05 does not have of an item.
    pub fn new(
        member: &'static str,
        scope: impl Into<String>,
        mut items: Vec<Listed>,
        annotated: &[&str],
        max_items: usize,
    ) -> Self {
        items.sort_by(|one, other| one.key.cmp(&other.key));
        items.dedup_by(|one, other| one.key == other.key);
        let items = items.into_iter().map(|item| Item::new(item, annotated)).collect();
        Self { member, scope: scope.into(), max_items, items }
    }

    /// The page that `params.cursor` asks for: members of a result, without braces.
    ///
    /// # Errors
    /// `-32602` for a cursor that this list never handed out.
    pub fn page(&self, version: Version, params: &Map<String, Value>) -> Result<String, RpcError> {
        let start = self.start(params)?;
        let mut page = format!(r#""{}":["#, self.member);
        let mut end = start;
        let mut bytes = 0;
        for item in &self.items[start..] {
            let text = item.text(version);
            bytes += text.len();
            if end > start {
                if end - start >= self.max_items || bytes > MAX_PAGE_BYTES {
                    break;
                }
                page.push(',');
            }
            page.push_str(text);
            end += 1;
        }
        page.push(']');
        if end < self.items.len() {
            page.push_str(r#","nextCursor":"#);
            page.push_str(&text(&self.cursor(&self.items[end - 1].key)));
        }
        Ok(page)
    }

    /// A cursor names the last item seen rather than counting, so that it stays good when the list changes and when
    /// another server answers.
    fn cursor(&self, key: &str) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}\n{key}", self.scope))
    }

    fn start(&self, params: &Map<String, Value>) -> Result<usize, RpcError> {
        let cursor = match params.get("cursor") {
            None | Some(Value::Null) => return Ok(0),
            Some(cursor) => cursor.as_str(),
        };
        let read = cursor.and_then(|cursor| URL_SAFE_NO_PAD.decode(cursor).ok());
        let read = read.and_then(|bytes| String::from_utf8(bytes).ok());
        let key = read.as_deref().and_then(|read| read.strip_prefix(self.scope.as_str())?.strip_prefix('\n'));
        match key {
            Some(key) => Ok(self.items.partition_point(|item| item.key.as_str() <= key)),
            None => Err(RpcError::invalid_params("unknown cursor; this list handed out no such one")),
        }
    }
}

impl Item {
    fn new(Listed { key, mut value }: Listed, annotated: &[&str]) -> Self {
        let whole = text(&value);
        let untitled = drop_members(&mut value, &["title"]).then(|| text(&value));
        let plain = drop_members(&mut value, annotated).then(|| text(&value));
        Self { key, whole, untitled, plain }
    }

    fn text(&self, version: Version) -> &str {
        let untitled = self.untitled.as_deref().unwrap_or(&self.whole);
        match version {
            Version::V2024_11_05 => self.plain.as_deref().unwrap_or(untitled),
            Version::V2025_03_26 => untitled,
            _ => &self.whole,
        }
    }
}

fn drop_members(value: &mut Value, members: &[&str]) -> bool {
    let Value::Object(object) = value else { return false };
    let before = object.len();
    object.retain(|member, _| !members.contains(&member.as_str()));
    object.len() < before
}

#[cfg(test)]
#[path = "pages_tests.rs"]
mod tests;
