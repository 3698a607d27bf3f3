//! What the successful mutations of one call owe to those who watch: collected, each once. Never tells anybody.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::openapi::classify::{Announcement, announcement};
use crate::openapi::operation::Operation;

/// Collects while a call runs, however many operations it performs at once.
#[derive(Debug, Default)]
pub struct Announcements(Mutex<Vec<Announcement>>);

impl Announcements {
    /// Notes that an operation succeeded. A resource whose URI cannot be written, for want of a value, is left out.
    pub fn note(&self, operation: &Operation, input: &Value) {
        if let Ok(Some(announcement)) = announcement(operation, input) {
            let mut collected = self.lock();
            if !collected.contains(&announcement) {
                collected.push(announcement);
            }
        }
    }

    /// What was collected since this was last asked, in the order in which it happened.
    pub fn take(&self) -> Vec<Announcement> {
        std::mem::take(&mut self.lock())
    }

    /// No code panics between two writes, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Vec<Announcement>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::openapi::classify::Emit;
    use crate::openapi::operation::{Input, Place, Style};

    fn operation(emit: Option<Emit>) -> Operation {
        let input = Input {
            key: "pathId".to_owned(),
            name: "id".to_owned(),
            place: Place::Path,
            required: true,
            style: Style::Simple,
            explode: false,
            allow_reserved: false,
            content: None,
            binary: false,
        };
        let mut operation = Operation { inputs: vec![input], ..Operation::default() };
        operation.classification.emit = emit;
        operation
    }

    #[test]
    fn everything_is_told_once_in_the_order_in_which_it_happened() {
        let updated = operation(Some(Emit::Updated("mcp+op://s/a/{id}".to_owned())));
        let listed = operation(Some(Emit::ListChanged("mcp+op://s/a".to_owned())));
        let silent = operation(None);
        let collected = Announcements::default();
        for id in ["1", "2", "1"] {
            for operation in [&updated, &listed, &silent] {
                collected.note(operation, &json!({ "pathId": id }));
            }
        }
        let expected = [
            Announcement::Updated("mcp+op://s/a/1".to_owned()),
            Announcement::ListChanged,
            Announcement::Updated("mcp+op://s/a/2".to_owned()),
        ];
        assert_eq!(collected.take(), expected);
        assert_eq!(collected.take(), []);
    }

    #[test]
    fn a_uri_that_cannot_be_written_is_not_announced() {
        let collected = Announcements::default();
        collected.note(
            &operation(Some(Emit::Updated("mcp+op://s/a/{other}".to_owned()))),
            &json!({"pathId": "1"}),
        );
        assert_eq!(collected.take(), []);
    }
}
