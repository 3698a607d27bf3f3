//! Rules that span fields, for the base manifest and for each environment. Collects every finding; never stops at
//! the first, and copes with values that the schema refuses, so that an author sees both kinds at once.

mod names;
mod rules;
mod view;

use std::collections::BTreeSet;

use crate::findings::{Document, Finding};
use view::View;

/// Everything wrong or doubtful about the manifest in `document`, in the order of the file. What an environment
/// merely inherits is reported once, for the base.
pub fn check(document: &Document) -> Vec<Finding> {
    let mut findings = of(&View::base(document));
    let mut told: BTreeSet<String> = findings.iter().map(identity).collect();
    for name in View::environments(document) {
        for mut finding in of(&View::environment(document, name)) {
            if told.insert(identity(&finding)) {
                finding.message = format!("environments.{name}: {}", finding.message);
                findings.push(finding);
            }
        }
    }
    findings.sort_by(|a, b| a.location.cmp(&b.location));
    findings
}

fn of(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    rules::secrets(view, &mut findings);
    rules::nonce(view, &mut findings);
    rules::skills(view, &mut findings);
    rules::classification(view, &mut findings);
    rules::runtime(view, &mut findings);
    rules::urls(view, &mut findings);
    rules::header(view, &mut findings);
    names::duplicates(view, &mut findings);
    names::specs(view, &mut findings);
    findings
}

fn identity(finding: &Finding) -> String {
    format!("{}\n{}\n{:?}", finding.code, finding.message, finding.location)
}
