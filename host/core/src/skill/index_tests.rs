//! Ranking, normalisation, filters; and a deliberately plain BM25 as oracle for the order.

use super::*;

fn entry<'a>(name: &'a str, description: &'a str) -> Entry<'a> {
    Entry { name, description, ..Entry::default() }
}

fn shop() -> Index {
    Index::build([
        entry("refund-order", "Give a customer money back for an order, in full or in part."),
        entry("track-shipment", "Find out where a parcel is and when it arrives."),
        entry("monthly-report", "Sum up the ledger of a month."),
        Entry {
            operations: vec!["listInvoices", "/invoices/{id}"],
            ..entry("billing", "Look after payments.")
        },
    ])
}

fn names(index: &Index, queries: &[&str]) -> Vec<u32> {
    let found = index.search(&Search { queries, top: 10, least: 0.1 }, |_| true);
    found.hits.iter().map(|hit| hit.entry).collect()
}

#[test]
fn names_beat_descriptions_and_operations_are_found_too() {
    let index = shop();
    assert_eq!(names(&index, &["refund"])[0], 0);
    assert_eq!(names(&index, &["where is my parcel"])[0], 1);
    assert_eq!(names(&index, &["invoice"]), [3]);
    assert_eq!(names(&index, &["getInvoice"]), [3]);
    assert_eq!(names(&index, &["zebra"]), [0u32; 0]);
    assert_eq!(names(&index, &[""]), [0u32; 0]);
}

#[test]
fn synonyms_count_less_than_the_word_itself() {
    let index = Index::build([entry("x", "remove things"), entry("y", "delete things"), entry("z", "other")]);
    assert_eq!(names(&index, &["delete"]), [1, 0]);
}

#[test]
fn relevance_stays_within_bounds_and_whole_matches_are_near_one() {
    let index = shop();
    let search = |query| index.search(&Search { queries: &[query], top: 10, least: 0.0 }, |_| true).hits;
    for query in
        ["refund order", "report", "a long question about refunding the order of one customer, with no end"]
    {
        for hit in search(query) {
            assert!((0.0..=1.0).contains(&hit.relevance), "{hit:?}");
        }
    }
    assert!(search("refund order")[0].relevance > 0.6, "{:?}", search("refund order"));
    assert!(search("could you possibly refund my last order because it arrived damaged")[0].relevance > 0.25);
}

#[test]
fn several_queries_merge_by_the_best_and_tell_which_matched() {
    let found =
        shop().search(&Search { queries: &["parcel", "refund", "zebra"], top: 10, least: 0.1 }, |_| true);
    let matched: Vec<(u32, u16)> = found.hits.iter().map(|hit| (hit.entry, hit.matched)).collect();
    assert!(matched.contains(&(0, 0b010)) && matched.contains(&(1, 0b001)), "{matched:?}");
}

#[test]
fn filters_apply_before_the_count_and_little_relevance_is_counted() {
    let index = Index::build((0..50).map(|_| entry("order", "same")));
    let search = Search { queries: &["order"], top: 3, least: 0.0 };
    let entries: Vec<u32> =
        index.search(&search, |entry| entry % 2 == 1).hits.iter().map(|hit| hit.entry).collect();
    assert_eq!(entries, [1, 3, 5]);
    let strict = index.search(&Search { least: 0.99, ..search }, |_| true);
    assert_eq!((strict.hits.len(), strict.below), (0, 50));
}

#[test]
fn an_empty_index_finds_nothing() {
    assert_eq!(
        Index::build([]).search(&Search { queries: &["x"], top: 5, least: 0.1 }, |_| true),
        Found::default()
    );
}
