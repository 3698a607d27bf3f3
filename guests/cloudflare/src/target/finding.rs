//! Problems on their way out, and near names to offer. Knows no rule.

use super::wit::{Finding, Severity};

pub(crate) fn error(code: &str, pointer: impl Into<String>, message: impl Into<String>) -> Finding {
    Finding {
        severity: Severity::Error,
        code: code.to_owned(),
        message: message.into(),
        pointer: pointer.into(),
        environment: None,
        hint: None,
    }
}

pub(crate) fn warning(code: &str, pointer: impl Into<String>, message: impl Into<String>) -> Finding {
    Finding { severity: Severity::Warning, ..error(code, pointer, message) }
}

pub(crate) trait Hinted {
    /// The same with a way to mend it.
    fn hint(self, hint: impl Into<String>) -> Self;
}

impl Hinted for Finding {
    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The name nearest to `wanted`, a few letters away at most; letter case does not count.
pub(crate) fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = wanted.to_ascii_lowercase();
    let reach = (wanted.chars().count() / 4).max(2);
    let ranked = known.filter_map(|name| {
        let lower = name.to_ascii_lowercase();
        let part = lower.len() >= 4 && (wanted.contains(&lower) || lower.contains(&wanted));
        let distance = if part { 1 } else { distance(&wanted, &lower) };
        (distance <= reach).then_some((distance, name))
    });
    ranked.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// Levenshtein's. Names of bindings are short.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, letter) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (column, &other) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = substituted.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}
