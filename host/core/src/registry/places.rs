//! Where the parts of an effective manifest stand in the file. Never decides what the parts mean.

use crate::findings::{Document, Location, pointer};

/// The manifest as a document, and the environment whose overlay applies.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The whole file, base and overlays.
    pub document: Document,
    /// The environment, if one applies.
    pub environment: Option<String>,
}

impl Places {
    /// The place of the value at `place`; see [`Places::pointer`].
    pub fn at(&self, place: &str, depth: usize) -> Location {
        self.document.at(&self.pointer(place, depth))
    }

    /// Where in the file the value at `place` is. It stands in the overlay if that has the part which replaces the
    /// base's: the first `depth` tokens of `place`.
    pub fn pointer(&self, place: &str, depth: usize) -> String {
        let part: Vec<&str> = place.split('/').take(depth + 1).collect();
        let overlaid = self.environment.as_ref().map(|name| pointer("/environments", name));
        let overlaid = overlaid
            .filter(|overlay| self.document.value.pointer(&format!("{overlay}{}", part.join("/"))).is_some());
        format!("{}{place}", overlaid.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::findings::Mark;

    #[test]
    fn overlaid_parts_stand_in_the_overlay() {
        let marks = [("", 1), ("/specs/0", 2), ("/skills/source", 3), ("/environments/dev/skills/source", 4)];
        let marks: BTreeMap<String, Mark> =
            marks.map(|(at, line)| (at.to_owned(), Mark { value: (line, 1), key: None })).into();
        let value = json!({"specs": ["a"], "environments": {"dev": {"skills": {"source": "x"}}}});
        let document = Document { file: "m".to_owned(), value, marks: marks.into() };
        let line = |environment: Option<&str>, place, depth| {
            let environment = environment.map(str::to_owned);
            Places { document: document.clone(), environment }.at(place, depth).line
        };
        assert_eq!(line(Some("dev"), "/skills/source", 2), 4);
        assert_eq!(line(None, "/skills/source", 2), 3);
        assert_eq!(line(Some("dev"), "/specs/0", 1), 2);
    }
}
