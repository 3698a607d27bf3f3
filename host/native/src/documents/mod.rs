//! Files of YAML, JSON and TOML as trees of values. Never opens a file and never goes to the network.

pub mod json;
pub mod settings;
pub mod yaml;

use frontmcp_core::findings::{Document, Finding, Location};

/// Longest text that is parsed, in bytes. GitHub's description, the largest in common use, is 13 MB.
pub const MAX_BYTES: usize = 32 << 20;

/// Deepest nesting of lists and mappings, the same in YAML and JSON.
pub const MAX_DEPTH: usize = 128;

/// Reads YAML or JSON: by the extension of `file` (a path or URL), else by what the text starts with.
///
/// # Errors
/// Every problem with the text, each with line and column.
pub fn read_any(file: &str, text: &str) -> Result<Document, Vec<Finding>> {
    let path = file.split(['?', '#']).next().unwrap_or(file);
    let extension = path.rsplit(['/', '\\']).next().and_then(|name| name.rsplit_once('.'));
    let json = match extension.map(|(_, extension)| extension.to_ascii_lowercase()).as_deref() {
        Some("json") => true,
        Some("yaml" | "yml") => false,
        _ => text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']),
    };
    if json { json::read(file, text) } else { yaml::read(file, text) }
}

/// The text of a file's bytes.
///
/// # Errors
/// Says where the first byte stands that is not UTF-8.
pub fn decode<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, Vec<Finding>> {
    std::str::from_utf8(bytes).map_err(|error| {
        let sound = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
        let bad = bytes[error.valid_up_to()];
        vec![
            Finding::error(
                "not-utf8",
                format!("the file is not UTF-8: byte 0x{bad:02x} starts no character"),
            )
            .at(location(file, end_of(sound)))
            .hint("save the file with the encoding UTF-8"),
        ]
    })
}

/// Refuses text beyond [`MAX_BYTES`] before a parser sees it.
fn check_size(file: &str, text: &str) -> Result<(), Vec<Finding>> {
    if text.len() <= MAX_BYTES {
        return Ok(());
    }
    let message = format!("the file has {} bytes; at most {MAX_BYTES} are read", text.len());
    Err(vec![Finding::error("file-too-large", message).at(location(file, (1, 1)))])
}

/// Line and column just behind `text`.
fn end_of(text: &str) -> (u32, u32) {
    let line = text.bytes().filter(|&byte| byte == b'\n').count() + 1;
    let column = text[text.rfind('\n').map_or(0, |at| at + 1)..].chars().count() + 1;
    (position(line), position(column))
}

fn position(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn location(file: &str, (line, column): (u32, u32)) -> Location {
    Location { file: file.to_owned(), line, column }
}

#[cfg(test)]
mod tests;
