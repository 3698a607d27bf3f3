//! The style table of OpenAPI, cell by cell.

use serde_json::json;

use super::*;

/// The table "Style Examples" of OpenAPI 3.1, extended by the cells it leaves open.
#[test]
fn paths_and_headers_follow_the_style_table() {
    let (empty, text) = (json!(""), json!("blue"));
    let (list, object) = (json!(["blue", "black", "brown"]), json!({ "R": 100, "G": 200, "B": 150 }));
    for (style, explode, expected) in [
        (Style::Simple, false, ["", "blue", "blue,black,brown", "R,100,G,200,B,150"]),
        (Style::Simple, true, ["", "blue", "blue,black,brown", "R=100,G=200,B=150"]),
        (Style::Label, false, [".", ".blue", ".blue,black,brown", ".R,100,G,200,B,150"]),
        (Style::Label, true, [".", ".blue", ".blue.black.brown", ".R=100.G=200.B=150"]),
        (
            Style::Matrix,
            false,
            [";color", ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"],
        ),
        (
            Style::Matrix,
            true,
            [";color", ";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"],
        ),
    ] {
        for (value, expected) in [&empty, &text, &list, &object].into_iter().zip(expected) {
            let written = single("color", value, style, explode, Escape::Percent).unwrap();
            assert_eq!(written, expected, "{style:?} explode={explode} {value}");
        }
    }
}

#[test]
fn queries_follow_the_style_table() {
    let (empty, text) = (json!(""), json!("blue"));
    let (list, object) = (json!(["blue", "black", "brown"]), json!({ "R": 100, "G": 200, "B": 150 }));
    for (style, explode, expected) in [
        (Style::Form, false, ["color=", "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"]),
        (
            Style::Form,
            true,
            ["color=", "color=blue", "color=blue&color=black&color=brown", "R=100&G=200&B=150"],
        ),
        (
            Style::SpaceDelimited,
            false,
            ["color=", "color=blue", "color=blue%20black%20brown", "color=R%20100%20G%20200%20B%20150"],
        ),
        (
            Style::PipeDelimited,
            false,
            ["color=", "color=blue", "color=blue%7Cblack%7Cbrown", "color=R%7C100%7CG%7C200%7CB%7C150"],
        ),
        (
            Style::SpaceDelimited,
            true,
            ["color=", "color=blue", "color=blue&color=black&color=brown", "R=100&G=200&B=150"],
        ),
        (
            Style::PipeDelimited,
            true,
            ["color=", "color=blue", "color=blue&color=black&color=brown", "R=100&G=200&B=150"],
        ),
    ] {
        for (value, expected) in [&empty, &text, &list, &object].into_iter().zip(expected) {
            assert_eq!(
                query(value, style, explode).unwrap(),
                expected,
                "{style:?} explode={explode} {value}"
            );
        }
    }
    assert_eq!(
        query(&object, Style::DeepObject, true).unwrap(),
        "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"
    );
    assert!(query(&list, Style::DeepObject, true).is_err());
    assert!(query(&text, Style::DeepObject, true).is_err());
}

fn query(value: &Value, style: Style, explode: bool) -> Result<String, String> {
    let pairs = pairs("color", value, style, explode, Escape::Percent)?;
    Ok(pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&"))
}

#[test]
fn nested_values_have_no_form_and_nulls_are_left_out() {
    assert!(query(&json!([[1]]), Style::Form, true).is_err());
    assert!(query(&json!({ "a": { "b": 1 } }), Style::DeepObject, true).is_err());
    assert_eq!(query(&json!([1, null, true]), Style::Form, false).unwrap(), "color=1,true");
    assert_eq!(query(&json!([]), Style::Form, false).unwrap(), "");
    assert!(single("x", &Value::Null, Style::Simple, false, Escape::Raw).is_err());
}

#[test]
fn values_cannot_escape_their_place() {
    let hostile = "a/b?c#d&e=f,g;h%2e \r\n\u{e9}";
    assert_eq!(escape(hostile, Escape::Percent), "a%2Fb%3Fc%23d%26e%3Df%2Cg%3Bh%252e%20%0D%0A%C3%A9");
    assert_eq!(escape(hostile, Escape::Reserved), "a/b?c%23d%26e%3Df,g;h%2e%20%0D%0A%C3%A9");
    assert_eq!(escape("100%", Escape::Reserved), "100%25");
    assert_eq!(escape("%é2", Escape::Reserved), "%25%C3%A92");
}
