//! Changes to a text that keep every line where it was. Knows nothing of what the text means.

/// What happens to one range of bytes.
struct Edit {
    start: usize,
    end: usize,
    change: Change,
}

enum Change {
    /// One space per character; the first and last may become another ASCII character.
    Blank { first: Option<char>, last: Option<char> },
    /// Other text. Line ends of the replaced text are kept after it.
    Replace(String),
}

/// The changes to one text, in any order. Where two overlap, the one that starts first wins.
pub(super) struct Edits<'s> {
    source: &'s str,
    edits: Vec<Edit>,
}

impl<'s> Edits<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, edits: Vec::new() }
    }

    pub(super) fn source(&self) -> &'s str {
        self.source
    }

    pub(super) fn blank(&mut self, start: usize, end: usize) {
        self.blank_with(start, end, None, None);
    }

    /// Blanks a range; its first and last character may become something else.
    pub(super) fn blank_with(&mut self, start: usize, end: usize, first: Option<char>, last: Option<char>) {
        if start < end {
            self.edits.push(Edit { start, end, change: Change::Blank { first, last } });
        }
    }

    pub(super) fn replace(&mut self, start: usize, end: usize, text: String) {
        self.edits.push(Edit { start, end, change: Change::Replace(text) });
    }

    pub(super) fn insert(&mut self, at: usize, text: String) {
        self.replace(at, at, text);
    }

    /// The changed text.
    pub(super) fn apply(mut self) -> String {
        self.edits.sort_by_key(|edit| (edit.start, edit.end));
        let mut out = String::with_capacity(self.source.len() + 64);
        let mut at = 0;
        for edit in &self.edits {
            if edit.start < at {
                continue;
            }
            out.push_str(&self.source[at..edit.start]);
            let old = &self.source[edit.start..edit.end];
            match &edit.change {
                Change::Blank { first, last } => blanked(old, *first, *last, &mut out),
                Change::Replace(text) => {
                    out.push_str(text);
                    out.extend(old.chars().filter(|character| is_line_end(*character)));
                }
            }
            at = edit.end;
        }
        out.push_str(&self.source[at..]);
        out
    }
}

fn blanked(old: &str, first: Option<char>, last: Option<char>, out: &mut String) {
    let count = old.chars().count();
    for (index, character) in old.chars().enumerate() {
        let special = match (index, first, last) {
            (0, Some(first), _) => Some(first),
            (index, _, Some(last)) if index + 1 == count => Some(last),
            _ => None,
        };
        out.push(match special {
            _ if is_line_end(character) => character,
            Some(special) => special,
            None => ' ',
        });
    }
}

pub(super) fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// The offset of the first character at or after `at` that is neither blank nor comment.
pub(super) fn skip_blanks(source: &str, mut at: usize) -> usize {
    loop {
        let rest = &source[at..];
        let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
        at += rest.len() - trimmed.len();
        if trimmed.starts_with("//") {
            at += trimmed.find(is_line_end).unwrap_or(trimmed.len());
        } else if trimmed.starts_with("/*") {
            at += trimmed.find("*/").map_or(trimmed.len(), |end| end + 2);
        } else {
            return at;
        }
    }
}
