//! Scalars as texts, the way a URL or header carries them.

use serde_json::Value;

/// A string, number or boolean as text; `None` for null, arrays and objects. Whole numbers have no fraction, since
/// JSON does not tell `5` from `5.0` and receivers do.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => {
                format!("{float:.0}")
            }
            _ => number.to_string(),
        }),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
