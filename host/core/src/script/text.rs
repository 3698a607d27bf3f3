//! Positions in a script as its author sees them: lines and columns in characters, and code frames.
//! Never looks at what the text means.

use super::check::ScriptLocation;

/// Longest line shown in a code frame, in characters; longer ones are cut around the caret.
const FRAME_WIDTH: usize = 120;

/// The 1-based line and column of a byte offset. `\n`, `\r\n` and `\r` end a line.
pub(super) fn locate(source: &str, offset: usize) -> ScriptLocation {
    let offset = floor_boundary(source, offset);
    let before = &source[..offset];
    let mut line = 1;
    let mut start = 0;
    let bytes = before.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let ends = match byte {
            b'\n' => true,
            b'\r' => source.as_bytes().get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        if ends {
            line += 1;
            start = at + 1;
        }
    }
    let column = before[start..].chars().count() + 1;
    ScriptLocation { line, column: to_u32(column) }
}

/// The line of `location` with its neighbours, numbered, and a caret below the column.
pub(super) fn frame(source: &str, location: ScriptLocation) -> String {
    let lines: Vec<&str> = split_lines(source).collect();
    let at = location.line as usize - 1;
    let first = at.saturating_sub(2);
    let last = (at + 2).min(lines.len());
    let width = last.to_string().len();
    let column = location.column as usize - 1;
    let from = column.saturating_sub(FRAME_WIDTH * 2 / 3);
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate().take(last).skip(first) {
        let mark = if index == at { '>' } else { ' ' };
        let shown: String = line.chars().skip(from).take(FRAME_WIDTH).map(plain).collect();
        out.push_str(&format!("{mark} {:>width$} | {}\n", index + 1, shown.trim_end()));
        if index == at {
            out.push_str(&format!("  {:>width$} | {}^\n", "", " ".repeat(column - from)));
        }
    }
    out.truncate(out.trim_end_matches('\n').len());
    out
}

fn split_lines(source: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(source);
    std::iter::from_fn(move || {
        let text = rest?;
        match text.find(['\n', '\r']) {
            Some(end) => {
                let skip = if text[end..].starts_with("\r\n") { 2 } else { 1 };
                rest = Some(&text[end + skip..]);
                Some(&text[..end])
            }
            None => rest.take(),
        }
    })
}

/// One visible cell per character, so that the caret stands below its column.
fn plain(character: char) -> char {
    if character == '\t' {
        ' '
    } else if character.is_control()
        || super::scan::is_bidi(character)
        || super::scan::is_invisible(character)
    {
        '\u{FFFD}'
    } else {
        character
    }
}

pub(super) fn floor_boundary(source: &str, offset: usize) -> usize {
    let mut offset = offset.min(source.len());
    while !source.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
