//! Pages cover a list whole and in order, whatever happens to it in between.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn listed(key: &str) -> Listed {
    let value = json!({"name": key, "title": "T", "annotations": {"a": 1}});
    Listed { key: key.to_owned(), value }
}

fn pages(keys: &[String], max_items: usize) -> Pages {
    let items = keys.iter().map(|key| listed(key)).collect();
    Pages::new("tools", "tools", items, &["annotations"], max_items)
}

fn read(pages: &Pages, cursor: &Value) -> Result<(Vec<String>, Value), RpcError> {
    let params = json!({ "cursor": cursor });
    let page = pages.page(Version::V2026_07_28, params.as_object().unwrap())?;
    let page: Value = serde_json::from_str(&format!("{{{page}}}")).unwrap();
    let names =
        page["tools"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned());
    Ok((names.collect(), page["nextCursor"].clone()))
}

fn walk(pages: &Pages) -> Vec<Vec<String>> {
    let mut cursor = Value::Null;
    let mut all = Vec::new();
    loop {
        let (names, next) = read(pages, &cursor).unwrap();
        all.push(names);
        match next {
            Value::Null => return all,
            next => cursor = next,
        }
    }
}

#[test]
fn a_short_list_is_one_page() {
    assert_eq!(walk(&pages(&[], 2)), [Vec::<String>::new()]);
    assert_eq!(walk(&pages(&["b".to_owned(), "a".to_owned()], 2)), [["a", "b"]]);
}

#[test]
fn a_cursor_outlives_the_item_it_was_made_from() {
    let keys = ["a", "b", "c", "d"].map(str::to_owned);
    let (_, cursor) = read(&pages(&keys, 2), &Value::Null).unwrap();
    let fewer = ["a", "c", "d", "e"].map(str::to_owned);
    assert_eq!(read(&pages(&fewer, 2), &cursor).unwrap().0, ["c", "d"]);
}

#[test]
fn what_is_no_cursor_of_this_list_is_refused() {
    let mine = pages(&["a", "b"].map(str::to_owned), 1);
    let other = Pages::new("tools", "prompts", vec![listed("a"), listed("b")], &[], 1);
    let (_, foreign) = read(&other, &Value::Null).unwrap();
    for cursor in [json!(""), json!("x"), json!("%"), json!(7), json!({}), foreign] {
        let error = read(&mine, &cursor).unwrap_err();
        assert_eq!(error.code, -32602, "{cursor}");
    }
}

#[test]
fn a_page_has_few_bytes_unless_one_item_has_many() {
    let big = "x".repeat(MAX_PAGE_BYTES * 2);
    let item = |key: &str| Listed { key: key.to_owned(), value: json!({"name": key, "text": big}) };
    let pages = Pages::new("tools", "tools", vec![item("a"), item("b"), listed("c")], &[], 100);
    assert_eq!(walk(&pages), [["a"], ["b"], ["c"]]);
}

#[test]
fn older_versions_are_shown_what_they_have() {
    let pages = pages(&["a".to_owned()], 1);
    let item = |version| {
        let page = pages.page(version, &Map::new()).unwrap();
        serde_json::from_str::<Value>(&format!("{{{page}}}")).unwrap()["tools"][0].take()
    };
    assert_eq!(item(Version::V2024_11_05), json!({"name": "a"}));
    assert_eq!(item(Version::V2025_03_26), json!({"name": "a", "annotations": {"a": 1}}));
    assert_eq!(item(Version::V2025_06_18), json!({"name": "a", "annotations": {"a": 1}, "title": "T"}));
}

proptest! {
    #[test]
    fn pages_cover_the_list_whole_in_order_and_bounded(
        keys in prop::collection::btree_set("[a-z/{}]{0,6}", 0..40),
        max_items in 1_usize..9,
    ) {
        let keys: Vec<String> = keys.into_iter().collect();
        let walked = walk(&pages(&keys, max_items));
        prop_assert!(walked.iter().all(|page| page.len() <= max_items));
        prop_assert_eq!(walked.concat(), keys);
    }

    #[test]
    fn no_text_as_a_cursor_does_any_harm(cursor in ".*") {
        let _ = read(&pages(&["a", "b"].map(str::to_owned), 1), &json!(cursor));
    }
}
