//! JSON text of plain data. Knows no message and reads nothing.

use serde::Serialize;

/// JSON text of a value whose serialisation cannot fail: string keys and no custom serialisers.
pub fn written<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("plain data with string keys serialises")
}
