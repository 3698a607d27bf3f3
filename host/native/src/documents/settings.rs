//! Other tools' settings files, TOML or JSON with comments, as plain values. Remembers no positions.

use serde_json::Value;

/// Reads TOML, or JSON with comments and trailing commas, by what the text starts with.
///
/// # Errors
/// What is wrong with the text, with its line.
pub fn read(text: &str) -> Result<Value, String> {
    let text = text.trim_start_matches('\u{feff}');
    let plain = without_comments(text);
    if plain.trim_start().starts_with('{') {
        serde_json::from_str(&without_trailing_commas(&plain)).map_err(|error| error.to_string())
    } else {
        toml::from_str(text).map_err(|error| error.to_string())
    }
}

/// The text with spaces for JSON's comments, so that places stay the same.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '"' => string(rest),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest[2..].find("*/").map_or(rest.len(), |end| end + 4),
            c => c.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        if c == '/' && length > 1 {
            out.extend(piece.chars().map(|c| if c == '\n' { c } else { ' ' }));
        } else {
            out.push_str(piece);
        }
        rest = after;
    }
    out
}

/// A comma before a closing bracket separates nothing.
fn without_trailing_commas(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (piece, after) = rest.split_at(if c == '"' { string(rest) } else { c.len_utf8() });
        let trailing = c == ',' && after.trim_start().starts_with(['}', ']']);
        out.push_str(if trailing { " " } else { piece });
        rest = after;
    }
    out
}

/// The length of the text in quotes that `text` starts with.
fn string(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_languages_are_read() {
        let wanted = json!({"name": "a", "env": {"b": {"vars": {"X": "// no \" comment, }"}}}, "list": [1, {"y": true}]});
        let jsonc = "\u{feff}// one\n{ \"name\": \"a\", /* two\n } */ \"env\": {\"b\": {\"vars\": {\"X\": \"// no \\\" comment, }\",},},},\n \"list\": [1, {\"y\": true},], // three\n}";
        assert_eq!(read(jsonc).unwrap(), wanted);
        let toml = "# {\nname = \"a\"\nlist = [1, { y = true }]\n[env.b.vars]\nX = '// no \" comment, }'\n";
        assert_eq!(read(toml).unwrap(), wanted);
    }

    #[test]
    fn broken_text_is_refused_with_its_line() {
        assert!(read("{\n \"a\": 1,, \"b\"\n}").unwrap_err().contains("line 2"));
        assert!(read("a = 1\nb = \n").unwrap_err().contains("line 2"));
        for text in ["{ \"open", "/* open", "/", "\"", "{\"a\\", "[", "\u{feff}"] {
            let _ = read(text);
        }
    }
}
