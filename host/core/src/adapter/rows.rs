//! Reads answers. Never guesses: what is not what was asked for is a fault.

use bytes::Bytes;

use super::{Rows, Value};
use crate::reject::Fault;

/// One row, read from the left.
pub(super) struct Row(std::vec::IntoIter<Value>);

impl Row {
    pub(super) fn text(&mut self) -> Result<String, Fault> {
        match self.0.next() {
            Some(Value::Text(text)) => Ok(text),
            other => Err(unexpected("a text", other.as_ref())),
        }
    }

    pub(super) fn optional_text(&mut self) -> Result<Option<String>, Fault> {
        match self.0.next() {
            Some(Value::Null) => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            other => Err(unexpected("a text or null", other.as_ref())),
        }
    }

    pub(super) fn number(&mut self) -> Result<u64, Fault> {
        match self.0.next() {
            Some(Value::Integer(number)) if number >= 0 => Ok(number.unsigned_abs()),
            other => Err(unexpected("a number", other.as_ref())),
        }
    }

    pub(super) fn optional_number(&mut self) -> Result<Option<u64>, Fault> {
        match self.0.next() {
            Some(Value::Null) => Ok(None),
            Some(Value::Integer(number)) if number >= 0 => Ok(Some(number.unsigned_abs())),
            other => Err(unexpected("a number or null", other.as_ref())),
        }
    }

    pub(super) fn flag(&mut self) -> Result<bool, Fault> {
        self.number().map(|number| number != 0)
    }

    pub(super) fn bytes(&mut self) -> Result<Bytes, Fault> {
        match self.0.next() {
            Some(Value::Blob(bytes)) => Ok(bytes.into()),
            other => Err(unexpected("bytes", other.as_ref())),
        }
    }
}

/// The rows of the statement at this place.
pub(super) fn of(answer: &mut Rows, statement: usize) -> Vec<Row> {
    let rows = answer.get_mut(statement).map(std::mem::take).unwrap_or_default();
    rows.into_iter().map(|row| Row(row.into_iter())).collect()
}

/// The one row of that statement, if there is one.
pub(super) fn first(answer: &mut Rows, statement: usize) -> Option<Row> {
    of(answer, statement).into_iter().next()
}

/// The one row that is always there.
pub(super) fn only(answer: &mut Rows, statement: usize) -> Result<Row, Fault> {
    first(answer, statement).ok_or_else(|| unexpected("a row", None))
}

fn unexpected(wanted: &str, found: Option<&Value>) -> Fault {
    let found = match found {
        None => "nothing",
        Some(Value::Null) => "null",
        Some(Value::Integer(_)) => "a number",
        Some(Value::Text(_)) => "a text",
        Some(Value::Blob(_)) => "bytes",
    };
    Fault::new(format!("storage: answered {found} instead of {wanted}"))
}
