//! What a client reads first: the server's text, then a bounded catalog of visible skills.

use crate::skill::catalog::Skill;

/// Instructions have at most this many bytes.
pub(super) const LIMIT: usize = 16_384;
/// Kept free for the line that says how many skills are missing.
const FOOTER_ROOM: usize = 96;
const HEADER: &str = "Skills of this server. Find them with codecall:searchSkills and codecall:searchKnowledge, \
                      read one with codecall:describe, then run a script with codecall:execute.\n";

/// Joins both. Texts of skills are flattened to one line and cannot start Markdown of their own.
pub(super) fn compose<'a>(server: &str, skills: impl ExactSizeIterator<Item = &'a Skill>) -> String {
    let server = server.trim();
    let mut text = cut(server, LIMIT - FOOTER_ROOM - HEADER.len() - 16).to_owned();
    if skills.len() == 0 {
        return text;
    }
    if !text.is_empty() {
        text.push_str("\n\n---\n\n");
    }
    text.push_str(HEADER);
    let total = skills.len();
    for (shown, skill) in skills.enumerate() {
        let line = format!("\n- **{}**: {}", skill.name, one_line(&skill.description));
        if text.len() + line.len() + FOOTER_ROOM > LIMIT {
            text.push_str(&format!(
                "\n\n{} more skills; use codecall:searchSkills to find them.",
                total - shown
            ));
            break;
        }
        text.push_str(&line);
    }
    text
}

/// White space collapsed, Markdown's special characters escaped, control and bidirectional characters dropped.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        for letter in word.chars().filter(|letter| !is_invisible(*letter)) {
            if matches!(letter, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|') {
                line.push('\\');
            }
            line.push(letter);
        }
    }
    line
}

fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The longest start of `text` that has at most `limit` bytes and whole characters.
fn cut(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skill(name: &str, description: &str) -> Skill {
        Skill {
            name: name.to_owned(),
            description: description.to_owned(),
            tags: Vec::new(),
            always_load: false,
            hide_from_discovery: false,
            requires: Vec::new(),
            frontmatter: serde_json::Value::Null,
            instructions: String::new(),
            operations: Vec::new(),
            files: std::collections::BTreeMap::new(),
        }
    }

    #[test]
    fn the_catalog_follows_the_servers_text() {
        let skills = [skill("a", "Does\n## [x](y) `z`")];
        let text = compose("Hello.\n", skills.iter());
        assert!(text.starts_with("Hello.\n\n---\n\nSkills of this server."), "{text}");
        assert!(text.ends_with("\n- **a**: Does \\#\\# \\[x\\](y) \\`z\\`"), "{text}");
        assert_eq!(compose("Hello.", [].iter()), "Hello.");
    }

    #[test]
    fn too_many_skills_are_counted_and_the_limit_holds() {
        let skills: Vec<Skill> = (0..1000).map(|n| skill(&format!("skill-{n}"), &"ü".repeat(300))).collect();
        for server in ["", "Hello", &"é".repeat(16_384)] {
            let text = compose(server, skills.iter());
            assert!(text.len() <= LIMIT, "{}", text.len());
            assert!(text.ends_with("more skills; use codecall:searchSkills to find them."));
        }
    }
}
