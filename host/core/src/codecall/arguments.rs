//! Reads a tool's arguments strictly and reports every problem at once. Knows no tool.

use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};

use super::Answer;
use crate::findings::pointer;
use crate::skill::suggest;

/// The arguments of one call, the keys asked for so far, and what is wrong.
pub(super) struct Arguments<'a> {
    fields: Option<&'a Map<String, Value>>,
    known: Vec<&'static str>,
    problems: Vec<Value>,
}

impl<'a> Arguments<'a> {
    /// Starts reading; absent arguments count as an empty object.
    pub(super) fn new(arguments: &'a Value) -> Self {
        let mut started = Self { fields: arguments.as_object(), known: Vec::new(), problems: Vec::new() };
        if started.fields.is_none() && !arguments.is_null() {
            started.problem("", "The arguments must be a JSON object", None);
        }
        started
    }

    /// Notes a problem at a JSON pointer.
    pub(super) fn problem(&mut self, path: &str, message: impl Into<String>, hint: Option<String>) {
        let mut problem = json!({"path": path, "message": message.into()});
        if let Some(hint) = hint {
            problem["hint"] = hint.into();
        }
        self.problems.push(problem);
    }

    /// The value under `key`, whatever it is. `null` counts as absent.
    pub(super) fn any(&mut self, key: &'static str) -> Option<&'a Value> {
        self.known.push(key);
        self.fields.and_then(|fields| fields.get(key)).filter(|value| !value.is_null())
    }

    /// A text with a length in characters.
    pub(super) fn text(&mut self, key: &'static str, length: RangeInclusive<usize>) -> Option<&'a str> {
        let value = self.any(key)?;
        self.check_text(&pointer("", key), value, &length)
    }

    /// A list of texts, each with a length in characters.
    pub(super) fn texts(
        &mut self,
        key: &'static str,
        count: RangeInclusive<usize>,
        length: RangeInclusive<usize>,
    ) -> Option<Vec<&'a str>> {
        let path = pointer("", key);
        let Value::Array(items) = self.any(key)? else {
            let hint = format!("Write \"{key}\": [\"…\"]");
            self.problem(&path, format!("`{key}` must be an array of strings"), Some(hint));
            return None;
        };
        if !count.contains(&items.len()) {
            let (least, most, has) = (count.start(), count.end(), items.len());
            self.problem(&path, format!("`{key}` must have {least} to {most} items, it has {has}"), None);
        }
        let checked = items.iter().enumerate().take(*count.end());
        Some(
            checked
                .filter_map(|(at, item)| self.check_text(&format!("{path}/{at}"), item, &length))
                .collect(),
        )
    }

    /// A whole number.
    pub(super) fn integer(&mut self, key: &'static str, range: RangeInclusive<u32>) -> Option<u32> {
        let value = self.any(key)?;
        let whole = value.as_f64().filter(|number| number.fract() == 0.0);
        let inside =
            whole.filter(|number| (f64::from(*range.start())..=f64::from(*range.end())).contains(number));
        if inside.is_none() {
            let (least, most) = (range.start(), range.end());
            self.problem(
                &pointer("", key),
                format!("`{key}` must be a whole number from {least} to {most}"),
                None,
            );
        }
        inside.map(|number| number as u32)
    }

    /// A number.
    pub(super) fn number(&mut self, key: &'static str, range: RangeInclusive<f64>) -> Option<f64> {
        let number = self.any(key)?.as_f64().filter(|number| range.contains(number));
        if number.is_none() {
            let (least, most) = (range.start(), range.end());
            self.problem(&pointer("", key), format!("`{key}` must be a number from {least} to {most}"), None);
        }
        number
    }

    /// Notes that a key that must be there is not.
    pub(super) fn require(&mut self, key: &'static str, example: &str) {
        if self.fields.is_none_or(|fields| fields.get(key).is_none_or(Value::is_null)) {
            self.problem(
                &pointer("", key),
                format!("`{key}` is missing"),
                Some(format!("For example {example}")),
            );
        }
    }

    /// Whether no problem was found so far.
    pub(super) fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    /// Refuses unknown keys and, with every problem found, the call.
    pub(super) fn finish(mut self) -> Result<(), Answer> {
        let known = std::mem::take(&mut self.known);
        for key in self.fields.into_iter().flat_map(Map::keys).filter(|key| !known.contains(&key.as_str())) {
            let hint = suggest::hint(key, known.iter().copied());
            self.problem(&pointer("", key), format!("`{key}` is not an argument of this tool"), hint);
        }
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(refusal("invalid_arguments", summary(&self.problems), self.problems))
    }

    fn check_text(
        &mut self,
        path: &str,
        value: &'a Value,
        length: &RangeInclusive<usize>,
    ) -> Option<&'a str> {
        let Value::String(text) = value else {
            self.problem(path, "This must be a string", None);
            return None;
        };
        // Bytes bound characters from above, so that long texts are not counted twice.
        let fits = text.len() <= *length.end() || text.chars().count() <= *length.end();
        let enough = *length.start() == 0 || text.chars().nth(length.start() - 1).is_some();
        if fits && enough {
            return Some(text);
        }
        let (least, most, has) = (length.start(), length.end(), text.chars().count());
        self.problem(path, format!("This must have {least} to {most} characters, it has {has}"), None);
        None
    }
}

/// A refusal as an answer that a model can read and mend.
pub(super) fn refusal(code: &str, message: impl Into<String>, findings: Vec<Value>) -> Answer {
    let mut error = json!({"code": code, "message": message.into()});
    if !findings.is_empty() {
        error["findings"] = Value::Array(findings);
    }
    Answer { structured: json!({ "error": error }), is_error: true }
}

fn summary(problems: &[Value]) -> String {
    let each = problems.iter().map(|problem| problem["message"].as_str().unwrap_or_default());
    format!("The arguments are not valid: {}", each.collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_reported_at_once() {
        let value = json!({"queries": ["ok", "x", 3], "topK": 2.5, "score": 7, "querys": [], "name": "é"});
        let mut arguments = Arguments::new(&value);
        arguments.texts("queries", 1..=2, 2..=10);
        arguments.integer("topK", 1..=50);
        arguments.number("score", 0.0..=1.0);
        arguments.text("name", 2..=3);
        arguments.require("script", "\"return 1\"");
        let answer = arguments.finish().unwrap_err();
        let findings = answer.structured["error"]["findings"].as_array().unwrap();
        let paths: Vec<&str> = findings.iter().map(|finding| finding["path"].as_str().unwrap()).collect();
        assert_eq!(paths, ["/queries", "/queries/1", "/topK", "/score", "/name", "/script", "/querys"]);
        assert_eq!(findings[6]["hint"], "Did you mean `queries`?");
        assert!(answer.is_error);
    }

    #[test]
    fn well_formed_arguments_pass_and_null_is_absent() {
        let value = json!({"queries": ["ab"], "topK": 5.0, "tags": null});
        let mut arguments = Arguments::new(&value);
        assert_eq!(arguments.texts("queries", 1..=2, 2..=10), Some(vec!["ab"]));
        assert_eq!(arguments.integer("topK", 1..=50), Some(5));
        assert_eq!(arguments.texts("tags", 0..=1, 1..=2), None);
        assert_eq!(arguments.finish(), Ok(()));
    }

    #[test]
    fn other_json_than_an_object_is_refused() {
        assert!(Arguments::new(&json!([1])).finish().is_err());
        assert!(Arguments::new(&Value::Null).finish().is_ok());
    }
}
