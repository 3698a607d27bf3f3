//! Search over 10,000 skills: building the index, and asking it.

use std::time::Instant;

use anyhow::Result;
use frontmcp_core::skill::index::{Entry, Index, Search};

use crate::report::{Report, Target};
use crate::timing::measure;

const SKILLS: usize = 10_000;
const WORDS: [&str; 24] = [
    "refund",
    "order",
    "customer",
    "invoice",
    "shipment",
    "ledger",
    "statement",
    "return",
    "policy",
    "discount",
    "subscription",
    "payment",
    "address",
    "export",
    "report",
    "balance",
    "credit",
    "label",
    "carrier",
    "warranty",
    "coupon",
    "catalog",
    "stock",
    "supplier",
];
const VERBS: [&str; 12] = [
    "find",
    "create",
    "update",
    "cancel",
    "approve",
    "list",
    "reconcile",
    "explain",
    "track",
    "merge",
    "archive",
    "import",
];

pub(crate) fn run(report: &mut Report) -> Result<()> {
    let skills: Vec<(String, String, Vec<String>)> = (0..SKILLS).map(skill).collect();
    let entries = || {
        skills.iter().map(|(name, description, tags)| Entry { name, description, tags, ..Entry::default() })
    };
    let began = Instant::now();
    let index = Index::build(entries());
    let built = began.elapsed().as_secs_f64() * 1e3;
    report.figure("index: build, 10,000 skills", "ms", built, Target::AtMost(300.0));
    let mut number = 0;
    let asked = measure(2_000, || {
        number += 1;
        let query =
            format!("{} a {} for a {}", VERBS[number % 12], WORDS[number % 24], WORDS[(number * 7) % 24]);
        let found = index.search(&Search { queries: &[&query], top: 5, least: 0.1 }, |_| true);
        assert!(!found.hits.is_empty(), "{query}");
    });
    report.figure("index: query, 10,000 skills, p50", "us", asked.p50(), Target::None);
    report.figure("index: query, 10,000 skills, p99", "us", asked.p99(), Target::AtMost(500.0));
    Ok(())
}

fn skill(number: usize) -> (String, String, Vec<String>) {
    let (verb, word, other) = (VERBS[number % 12], WORDS[number % 24], WORDS[(number / 24) % 24]);
    let name = format!("{verb}-{word}-{other}-{number}");
    let description = format!(
        "{verb} the {word} of a shop and its {other}. Use it when a customer asks about the {word}, the {other} \
         or number {number}; it says which {} to look at first and what to answer.",
        WORDS[(number * 5) % 24]
    );
    (name, description, vec![word.to_owned(), other.to_owned()])
}
