//! What the language's text and list functions give for constants. Pure; knows nothing of syntax trees.

use super::constant::Constant;

/// Longest text `repeat` and padding may build, in bytes.
const MAX_TEXT: usize = 1_024;

/// A number as a property key.
pub(super) fn number_text(value: f64) -> String {
    if value.is_finite() && value.fract() == 0.0 && value.abs() < 1e15 {
        format!("{value:.0}")
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else {
        value.to_string()
    }
}

/// Rough size, to bound what evaluation builds.
pub(super) fn size(value: &Constant<'_>) -> usize {
    match value {
        Constant::Text(text) => text.len(),
        Constant::List(items) => items.len(),
        _ => 1,
    }
}

/// Whether a value counts as true.
pub(super) fn truth(value: &Constant<'_>) -> Option<bool> {
    Some(match value {
        Constant::Undefined | Constant::Null => false,
        Constant::Boolean(value) => *value,
        Constant::Number(value) => *value != 0.0 && !value.is_nan(),
        Constant::Text(text) => !text.is_empty(),
        Constant::List(_) | Constant::Object(_) | Constant::Function(_) => true,
    })
}

/// A value as a number.
pub(super) fn number(value: &Constant<'_>) -> Option<f64> {
    Some(match value {
        Constant::Undefined => f64::NAN,
        Constant::Null => 0.0,
        Constant::Boolean(value) => f64::from(u8::from(*value)),
        Constant::Number(value) => *value,
        Constant::Text(text) if text.trim().is_empty() => 0.0,
        Constant::Text(text) => text.trim().parse().unwrap_or(f64::NAN),
        Constant::List(items) if items.is_empty() => 0.0,
        _ => return None,
    })
}

/// `text[0]`, `text.length`, `list[0]`.
pub(super) fn property<'a>(value: &Constant<'a>, key: &str) -> Option<Constant<'a>> {
    match value {
        Constant::Text(text) if key == "length" => Some(Constant::Number(length(text))),
        Constant::Text(text) => {
            let index: usize = key.parse().ok()?;
            text.chars().nth(index).map(|character| Constant::Text(character.to_string()))
        }
        Constant::List(items) if key == "length" => Some(Constant::Number(as_number(items.len()))),
        Constant::List(items) => items.get(key.parse::<usize>().ok()?).cloned(),
        _ => None,
    }
}

/// Global functions of text.
pub(super) fn global<'a>(name: &str, arguments: &[Constant<'a>]) -> Option<Constant<'a>> {
    let text = text(arguments.first()?)?;
    match name {
        "decodeURIComponent" | "decodeURI" | "unescape" => percent_decoded(text).map(Constant::Text),
        "encodeURIComponent" | "encodeURI" | "escape" => Some(Constant::Text(text.to_owned())),
        _ => None,
    }
}

/// `String.fromCharCode(…)` and its relatives.
pub(super) fn of_class<'a>(class: &str, name: &str, arguments: &[Constant<'a>]) -> Option<Constant<'a>> {
    match (class, name) {
        ("String", "fromCharCode" | "fromCodePoint") => {
            let units: Option<String> = arguments
                .iter()
                .map(|value| number(value).and_then(|code| char::from_u32(as_index(code)? as u32)))
                .collect();
            units.map(Constant::Text)
        }
        ("Array", "of") => Some(Constant::List(arguments.to_vec())),
        ("Array", "from") => match arguments.first()? {
            Constant::Text(text) => Some(characters(text)),
            list @ Constant::List(_) => Some(list.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Methods of text and lists.
pub(super) fn method<'a>(
    receiver: &Constant<'a>,
    name: &str,
    arguments: &[Constant<'a>],
) -> Option<Constant<'a>> {
    match receiver {
        Constant::Text(text) => text_method(text, name, arguments),
        Constant::List(items) => list_method(items, name, arguments),
        Constant::Number(value) if name == "toString" => {
            let radix = arguments.first().and_then(number).and_then(as_index).unwrap_or(10);
            radix_text(*value, radix).map(Constant::Text)
        }
        _ => None,
    }
}

fn text_method<'a>(receiver: &str, name: &str, arguments: &[Constant<'a>]) -> Option<Constant<'a>> {
    let out = match name {
        "toLowerCase" | "toLocaleLowerCase" => receiver.to_lowercase(),
        "toUpperCase" | "toLocaleUpperCase" => receiver.to_uppercase(),
        "trim" => receiver.trim().to_owned(),
        "trimStart" => receiver.trim_start().to_owned(),
        "trimEnd" => receiver.trim_end().to_owned(),
        "normalize" => receiver.to_owned(),
        "concat" => {
            let mut out = receiver.to_owned();
            for argument in arguments {
                out.push_str(&key_text(argument)?);
            }
            out
        }
        "repeat" => {
            let count = as_index(number(arguments.first()?)?)?;
            (receiver.len() * count <= MAX_TEXT).then(|| receiver.repeat(count))?
        }
        "replace" => receiver.replacen(text(arguments.first()?)?, text(arguments.get(1)?)?, 1),
        "replaceAll" => receiver.replace(text(arguments.first()?)?, text(arguments.get(1)?)?),
        "charAt" => return property(&Constant::Text(receiver.to_owned()), &key_text(arguments.first()?)?),
        "at" => {
            let items: Vec<char> = receiver.chars().collect();
            items.get(from_end(arguments.first()?, items.len())?)?.to_string()
        }
        "slice" | "substring" | "substr" => cut(receiver, name, arguments)?,
        "padStart" | "padEnd" => padded(receiver, name == "padStart", arguments)?,
        "split" => return split(receiver, arguments),
        _ => return None,
    };
    Some(Constant::Text(out))
}

fn list_method<'a>(items: &[Constant<'a>], name: &str, arguments: &[Constant<'a>]) -> Option<Constant<'a>> {
    let out = match name {
        "reverse" | "toReversed" => items.iter().rev().cloned().collect(),
        "at" => return items.get(from_end(arguments.first()?, items.len())?).cloned(),
        "pop" => return items.last().cloned(),
        "shift" => return items.first().cloned(),
        "flat" => items.iter().flat_map(flattened).collect(),
        "concat" => items.iter().cloned().chain(arguments.iter().flat_map(flattened)).collect(),
        "slice" => {
            let (from, to) = range(items.len(), arguments)?;
            items[from..to].to_vec()
        }
        _ => return None,
    };
    Some(Constant::List(out))
}

fn flattened<'a>(value: &Constant<'a>) -> Vec<Constant<'a>> {
    match value {
        Constant::List(items) => items.clone(),
        other => vec![other.clone()],
    }
}

fn cut(receiver: &str, name: &str, arguments: &[Constant<'_>]) -> Option<String> {
    let characters: Vec<char> = receiver.chars().collect();
    let (from, to) = if name == "substr" {
        let from = bounded(arguments.first(), characters.len(), 0)?;
        let count = arguments.get(1).map_or(Some(characters.len()), |value| as_index(number(value)?))?;
        (from, from.saturating_add(count).min(characters.len()))
    } else {
        range(characters.len(), arguments)?
    };
    Some(characters[from..to].iter().collect())
}

fn range(length: usize, arguments: &[Constant<'_>]) -> Option<(usize, usize)> {
    let from = bounded(arguments.first(), length, 0)?;
    let to = bounded(arguments.get(1), length, length)?;
    Some((from, to.max(from)))
}

fn bounded(value: Option<&Constant<'_>>, length: usize, missing: usize) -> Option<usize> {
    match value {
        None | Some(Constant::Undefined) => Some(missing),
        Some(value) => {
            let number = number(value)?;
            if number < 0.0 {
                Some(length.saturating_sub(as_index(-number)?))
            } else {
                Some(as_index(number)?.min(length))
            }
        }
    }
}

fn from_end(value: &Constant<'_>, length: usize) -> Option<usize> {
    let number = number(value)?;
    if number < 0.0 { length.checked_sub(as_index(-number)?) } else { as_index(number) }
}

fn padded(receiver: &str, start: bool, arguments: &[Constant<'_>]) -> Option<String> {
    let wanted = as_index(number(arguments.first()?)?)?.min(MAX_TEXT);
    let filler = arguments.get(1).map_or(Some(" "), text)?;
    let missing = wanted.saturating_sub(receiver.chars().count());
    let filled: String = filler.chars().cycle().take(if filler.is_empty() { 0 } else { missing }).collect();
    Some(if start { filled + receiver } else { receiver.to_owned() + &filled })
}

fn split<'a>(receiver: &str, arguments: &[Constant<'a>]) -> Option<Constant<'a>> {
    let Some(separator) = arguments.first() else { return Some(Constant::List(vec![owned(receiver)])) };
    match text(separator)? {
        "" => Some(characters(receiver)),
        separator => Some(Constant::List(receiver.split(separator).map(owned).collect())),
    }
}

fn characters<'a>(text: &str) -> Constant<'a> {
    Constant::List(
        text.chars().take(MAX_TEXT).map(|character| Constant::Text(character.to_string())).collect(),
    )
}

fn owned<'a>(text: &str) -> Constant<'a> {
    Constant::Text(text.to_owned())
}

fn text<'v>(value: &'v Constant<'_>) -> Option<&'v str> {
    match value {
        Constant::Text(text) => Some(text),
        _ => None,
    }
}

fn key_text(value: &Constant<'_>) -> Option<String> {
    match value {
        Constant::Text(text) => Some(text.clone()),
        Constant::Number(value) => Some(number_text(*value)),
        Constant::Boolean(value) => Some(value.to_string()),
        _ => None,
    }
}

fn radix_text(value: f64, radix: usize) -> Option<String> {
    let mut rest = as_index(value)?;
    if !(2..=36).contains(&radix) {
        return None;
    }
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit((rest % radix) as u32, radix as u32)?);
        rest /= radix;
        if rest == 0 {
            return Some(digits.iter().rev().collect());
        }
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

fn length(text: &str) -> f64 {
    as_number(text.encode_utf16().count())
}

fn as_number(value: usize) -> f64 {
    u32::try_from(value).map_or(f64::MAX, f64::from)
}

/// A number that counts something: whole, not negative, small.
fn as_index(value: f64) -> Option<usize> {
    let whole = value.trunc();
    if whole.is_nan() {
        return Some(0);
    }
    (0.0..4_294_967_296.0).contains(&whole).then_some(whole as usize)
}
