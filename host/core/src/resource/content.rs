//! What `resources/read` hands out: text where the same bytes come back from it, else Base64. Never fetches anything.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::media;
use crate::upstream::{Form, Outcome};

/// The content of a skill's file: its bytes hash to the digest in the lists.
pub fn of_file(uri: &str, path: &str, bytes: &[u8]) -> Value {
    let mut content = json!({"uri": uri, "mimeType": media::of_path(path)});
    match std::str::from_utf8(bytes) {
        // Many decoders drop a byte order mark, and the digest with it.
        Ok(text) if !text.starts_with('\u{feff}') => content["text"] = text.into(),
        _ => content["blob"] = STANDARD.encode(bytes).into(),
    }
    content
}

/// The content that an operation answered.
pub fn of_outcome(uri: &str, outcome: Outcome) -> Value {
    let Outcome { value, form, .. } = outcome;
    match (form, value) {
        (Form::Json(media), value) => json!({"uri": uri, "mimeType": media, "text": value.to_string()}),
        (Form::Text(media), Value::String(text)) => json!({"uri": uri, "mimeType": media, "text": text}),
        (Form::Bytes(media), mut value) => {
            let blob = value.get_mut("base64").map(Value::take).unwrap_or_default();
            json!({"uri": uri, "mimeType": media, "blob": blob})
        }
        (Form::Nothing | Form::Text(_), _) => json!({"uri": uri, "text": ""}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(content: &Value) -> Vec<u8> {
        match (&content["text"], &content["blob"]) {
            (Value::String(text), Value::Null) => text.clone().into_bytes(),
            (Value::Null, Value::String(blob)) => STANDARD.decode(blob).unwrap(),
            _ => panic!("{content}"),
        }
    }

    #[test]
    fn the_same_bytes_come_back() {
        let files: [&[u8]; 6] =
            [b"", b"a\r\nb\0", "ü".as_bytes(), b"\xef\xbb\xbfbom", b"\xff\xfe", b"\x89PNG"];
        for bytes in files {
            assert_eq!(bytes_of(&of_file("skill://a/x", "x", bytes)), bytes);
        }
    }

    #[test]
    fn an_answer_keeps_its_media_type() {
        let outcome = |value, form| Outcome { value, status: 200, warnings: Vec::new(), form };
        let table = [
            (
                json!({"a": 1}),
                Form::Json("application/json".to_owned()),
                json!({"mimeType": "application/json", "text": "{\"a\":1}"}),
            ),
            (
                json!("x"),
                Form::Json("application/json".to_owned()),
                json!({"mimeType": "application/json", "text": "\"x\""}),
            ),
            (json!("a,b"), Form::Text("text/csv".to_owned()), json!({"mimeType": "text/csv", "text": "a,b"})),
            (
                json!({"contentType": "image/png", "base64": "iVA="}),
                Form::Bytes("image/png".to_owned()),
                json!({"mimeType": "image/png", "blob": "iVA="}),
            ),
            (Value::Null, Form::Nothing, json!({"text": ""})),
        ];
        for (value, form, mut expected) in table {
            expected["uri"] = "u".into();
            assert_eq!(of_outcome("u", outcome(value, form)), expected);
        }
    }
}
