//! Looks at the raw text for characters that hide what a script says. Never parses.

use super::findings::{Findings, Offence};

/// Reports control, bidirectional and invisible characters wherever they stand, also in comments and strings.
pub(super) fn characters<'s>(source: &'s str, findings: &mut Findings<'s>) {
    let bytes = source.as_bytes();
    let suspicious =
        |byte: u8| byte >= 0x7F || (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0B | 0x0C));
    if !bytes.iter().any(|byte| suspicious(*byte)) {
        return;
    }
    let mut before = ' ';
    for (at, character) in source.char_indices() {
        if (!character.is_ascii() || suspicious(character as u8))
            && let Some(offence) = offence(at, before, character)
        {
            findings.add(at, offence);
        }
        before = character;
    }
}

fn offence(at: usize, before: char, character: char) -> Option<Offence> {
    if character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{B}' | '\u{C}') {
        return Some(Offence {
            rule: "no-control-characters",
            message: format!("control character {} in the script", code_point(character)),
            hint: format!("Remove it, or write it as \\u{:04x} inside a string", character as u32),
        });
    }
    if is_bidi(character) {
        return Some(Offence {
            rule: "no-bidi-characters",
            message: format!(
                "bidirectional control {} makes text read differently than it runs",
                code_point(character)
            ),
            hint: format!("Remove it, or write it as \\u{:04x} inside a string", character as u32),
        });
    }
    let joins = matches!(character, '\u{200C}' | '\u{200D}');
    if (is_invisible(character) && !(at == 0 && character == '\u{FEFF}')) || (joins && before.is_ascii()) {
        return Some(Offence {
            rule: "no-invisible-characters",
            message: format!("invisible character {} in the script", code_point(character)),
            hint: format!("Remove it, or write it as \\u{{{:x}}} inside a string", character as u32),
        });
    }
    None
}

fn code_point(character: char) -> String {
    format!("U+{:04X}", character as u32)
}

/// Whether a character changes the direction of the text around it.
pub(super) fn is_bidi(character: char) -> bool {
    matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{61C}')
}

/// Whether a character shows nothing, or ends a line that editors show as one.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180E}'
        | '\u{200B}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{206A}'..='\u{206F}' | '\u{3164}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E007F}')
}

/// What makes an identifier look like another one, if anything.
pub(super) fn disguise(name: &str) -> Option<&'static str> {
    if name.is_ascii() {
        return None;
    }
    let latin = name.chars().any(|c| c.is_ascii_alphabetic());
    let foreign = name.chars().any(|c| matches!(c, '\u{370}'..='\u{52F}' | '\u{1C80}'..='\u{1C88}'));
    if name.chars().any(|c| matches!(c, '\u{FF01}'..='\u{FF5E}')) {
        return Some("full-width letters");
    }
    if name.chars().any(|c| matches!(c, '\u{200C}' | '\u{200D}')) {
        return Some("zero-width joiners");
    }
    if name.chars().any(|c| matches!(c, '\u{1D400}'..='\u{1D7FF}' | '\u{2100}'..='\u{214F}')) {
        return Some("mathematical letters");
    }
    if foreign && latin {
        return Some("letters of several scripts");
    }
    let all_look_alike = name.chars().all(|c| !c.is_alphabetic() || LOOK_ALIKES.contains(c));
    (foreign && all_look_alike).then_some("letters that look Latin and are not")
}

/// Cyrillic and Greek letters that most fonts draw like Latin ones.
const LOOK_ALIKES: &str = "аеорсухіјѕһԁԛԝАВЕКМНОРСТХІЈЅԌԚԜοαινκρυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ";
