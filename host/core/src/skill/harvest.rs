//! Finds references in Markdown text: `op://spec/op`, `[[op:spec/op]]`, `[[ref:file.md]]`.
//!
//! A plain text scan: fenced code, comments and link targets count too. Never decides whether a
//! reference is known.

use crate::findings::{Finding, Location};

/// A mention of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRef {
    /// The spec's id as written.
    pub spec: String,
    /// The operation as written: its `operationId` or its script name.
    pub operation: String,
    /// The whole reference as written.
    pub raw: String,
    /// Where it starts.
    pub location: Location,
}

/// A mention of another file of the same skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRef {
    /// The path as written, without a `#fragment`.
    pub path: String,
    /// Where the reference starts.
    pub location: Location,
}

/// Everything one text mentions, in source order, repeats included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Harvest {
    /// Operations.
    pub operations: Vec<OperationRef>,
    /// Files.
    pub files: Vec<FileRef>,
    /// Warnings about text that looks like a reference and is none.
    pub findings: Vec<Finding>,
}

/// Scans one text.
pub fn harvest(file: &str, text: &str) -> Harvest {
    let mut found = Harvest::default();
    let mut cursor = Cursor { file, text, at: 0, located: 0, line: 1, column: 1 };
    while let Some(start) = cursor.next_candidate() {
        let end = found.take(&mut cursor, start);
        cursor.at = end;
    }
    found
}

/// Where the next look at the text begins, and the line and column of the last place asked for.
struct Cursor<'a> {
    file: &'a str,
    text: &'a str,
    at: usize,
    located: usize,
    line: u32,
    column: u32,
}

impl Cursor<'_> {
    /// The next place where a reference could start.
    fn next_candidate(&self) -> Option<usize> {
        let bytes = &self.text.as_bytes()[self.at..];
        let starts = |&at: &usize| bytes[at..].starts_with(b"[[") || bytes[at..].starts_with(b"op://");
        (0..bytes.len()).find(starts).map(|nearest| self.at + nearest)
    }

    /// The place of `offset`, which must not lie before an offset asked for earlier.
    fn locate(&mut self, offset: usize) -> Location {
        for character in self.text[self.located..offset].chars() {
            if character == '\n' {
                self.line = self.line.saturating_add(1);
                self.column = 1;
            } else {
                self.column = self.column.saturating_add(1);
            }
        }
        self.located = offset;
        Location { file: self.file.to_owned(), line: self.line, column: self.column }
    }
}

impl Harvest {
    /// Takes what starts at `start`; returns where to look on.
    fn take(&mut self, cursor: &mut Cursor<'_>, start: usize) -> usize {
        let rest = &cursor.text[start..];
        if rest.starts_with("op://") {
            return self.take_uri(cursor, start);
        }
        if let Some(inner) = rest.strip_prefix("[[op:") {
            if inner.starts_with("//") {
                return start + 2;
            }
            return self.take_wikilink(cursor, start, inner);
        }
        if let Some(inner) = rest.strip_prefix("[[ref:") {
            return self.take_file(cursor, start, inner);
        }
        start + 1
    }

    fn take_uri(&mut self, cursor: &mut Cursor<'_>, start: usize) -> usize {
        const SCHEME: usize = "op://".len();
        let glued = cursor.text[..start].ends_with(|last: char| last.is_ascii_alphanumeric());
        let rest = &cursor.text[start + SCHEME..];
        let spec = spec_length(rest);
        if glued || spec == 0 || !rest[spec..].starts_with('/') {
            return start + SCHEME;
        }
        let tail = &rest[spec + 1..];
        let name = identifier_length(tail);
        if name == 0 || runs_on(&tail[name..]) {
            self.warn_uri(cursor, start);
            return start + SCHEME;
        }
        let end = start + SCHEME + spec + 1 + name;
        self.push(cursor, start, end, &rest[..spec], &tail[..name]);
        end
    }

    fn warn_uri(&mut self, cursor: &mut Cursor<'_>, start: usize) {
        let location = cursor.locate(start);
        self.findings.push(
            Finding::warning(
                "malformed-reference",
                "This looks like an operation reference, but what follows the spec is not an identifier; it is ignored",
            )
            .at(location)
            .hint("Write [[op:spec/operation]] for an operation whose id is not an identifier"),
        );
    }

    fn take_wikilink(&mut self, cursor: &mut Cursor<'_>, start: usize, inner: &str) -> usize {
        let body = skip_one_space(inner);
        let spec = spec_length(body);
        let tail = body[spec..].strip_prefix('/').unwrap_or_default();
        let name = operation_length(tail);
        if spec == 0 || name == 0 || !tail[name..].starts_with("]]") {
            let location = cursor.locate(start);
            self.findings.push(
                Finding::warning(
                    "malformed-reference",
                    "This is not a complete operation reference; it is ignored",
                )
                .at(location)
                .hint("Write [[op:spec/operation]], without alias, fragment or further spaces"),
            );
            return start + "[[".len();
        }
        let end = cursor.text.len() - tail.len() + name + "]]".len();
        self.push(cursor, start, end, &body[..spec], &tail[..name]);
        end
    }

    fn take_file(&mut self, cursor: &mut Cursor<'_>, start: usize, inner: &str) -> usize {
        let close = inner.find(['\n', '[', ']']).filter(|&end| inner[end..].starts_with("]]"));
        let path = close.map(|end| inner[..end].split('#').next().unwrap_or_default().trim());
        let location = cursor.locate(start);
        match (close, path) {
            (Some(end), Some(path)) if !path.is_empty() => {
                self.files.push(FileRef { path: path.to_owned(), location });
                start + "[[ref:".len() + end + "]]".len()
            }
            _ => {
                self.findings.push(
                    Finding::warning(
                        "malformed-reference",
                        "This is not a complete file reference; it is ignored",
                    )
                    .at(location)
                    .hint("Write [[ref:file.md]]"),
                );
                start + "[[".len()
            }
        }
    }

    fn push(&mut self, cursor: &mut Cursor<'_>, start: usize, end: usize, spec: &str, operation: &str) {
        self.operations.push(OperationRef {
            spec: spec.to_owned(),
            operation: operation.to_owned(),
            raw: cursor.text[start..end].to_owned(),
            location: cursor.locate(start),
        });
    }
}

/// `[A-Za-z0-9][A-Za-z0-9_.-]*`, in bytes.
fn spec_length(text: &str) -> usize {
    if !text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return 0;
    }
    run(text, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

/// `[A-Za-z_][A-Za-z0-9_]*`, in bytes.
fn identifier_length(text: &str) -> usize {
    if !text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
        return 0;
    }
    run(text, |c| c.is_ascii_alphanumeric() || c == '_')
}

/// An operation id as descriptions have them, e.g. `issues/list-for-repo`, in bytes.
fn operation_length(text: &str) -> usize {
    if !text.starts_with(|first: char| first.is_ascii_alphanumeric() || matches!(first, '_' | '$')) {
        return 0;
    }
    run(text, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.' | ':' | '/' | '-'))
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// Whether an identifier does not end here: `-`, or a dot that is followed by more of it.
fn runs_on(rest: &str) -> bool {
    let mut next = rest.chars();
    match next.next() {
        Some('-') => true,
        Some('.') => next.next().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_'),
        _ => false,
    }
}

fn skip_one_space(text: &str) -> &str {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if first.is_whitespace() || first == '\u{feff}' => chars.as_str(),
        _ => text,
    }
}

#[cfg(test)]
#[path = "harvest_tests.rs"]
mod tests;
