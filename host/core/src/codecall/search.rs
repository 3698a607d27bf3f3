//! The two search tools: executable skills, and knowledge. Never shows a skill hidden from discovery.

use serde_json::{Value, json};

use super::arguments::Arguments;
use super::{Answer, Reply};
use crate::openapi::operation::Operation;
use crate::registry::snapshot::Snapshot;
use crate::skill::catalog::Skill;
use crate::skill::index::{Found, Hit, Search};

/// Operations shown inline with a skill; the rest is counted.
const OPERATIONS_SHOWN: usize = 50;
const DEFAULT_TOP: u32 = 5;
const DEFAULT_LEAST: f64 = 0.1;

/// `searchSkills`: skills that grant operations, with those operations.
pub fn skills(snapshot: &Snapshot, arguments: &Value) -> Reply {
    answer(snapshot, arguments, Kind::Executable)
}

/// `searchKnowledge`: skills that grant none.
pub fn knowledge(snapshot: &Snapshot, arguments: &Value) -> Reply {
    answer(snapshot, arguments, Kind::Knowledge)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Executable,
    Knowledge,
}

/// The arguments of both tools.
struct Request<'a> {
    queries: Vec<&'a str>,
    tags: Vec<&'a str>,
    exclude: Vec<&'a str>,
    top: u32,
    least: f64,
}

fn parse(arguments: &Value) -> Result<Request<'_>, Answer> {
    let mut arguments = Arguments::new(arguments);
    let request = Request {
        queries: arguments.texts("queries", 1..=10, 2..=256).unwrap_or_default(),
        tags: arguments.texts("tags", 0..=16, 1..=64).unwrap_or_default(),
        exclude: arguments.texts("excludeSkillNames", 0..=50, 1..=64).unwrap_or_default(),
        top: arguments.integer("topK", 1..=50).unwrap_or(DEFAULT_TOP),
        least: arguments.number("minRelevanceScore", 0.0..=1.0).unwrap_or(DEFAULT_LEAST),
    };
    arguments.require("queries", "{\"queries\": [\"refund an order\"]}");
    arguments.finish().map(|()| request)
}

fn answer(snapshot: &Snapshot, arguments: &Value, kind: Kind) -> Reply {
    let request = match parse(arguments) {
        Ok(request) => request,
        Err(refused) => return refused.into(),
    };
    let wanted = |skill: &Skill| {
        skill.is_executable() == (kind == Kind::Executable)
            && !request.exclude.contains(&skill.name.as_str())
            && (request.tags.is_empty() || skill.tags.iter().any(|tag| request.tags.contains(&tag.as_str())))
    };
    let search = Search { queries: &request.queries, top: request.top as usize, least: request.least as f32 };
    let accepts = |entry: u32| wanted(&snapshot.visible[entry as usize].skill);
    let found = snapshot.index.search(&search, accepts);
    let (list, total, count) = match kind {
        Kind::Executable => ("skills", "totalExecutableSkills", snapshot.executable),
        Kind::Knowledge => {
            ("knowledge", "totalKnowledgeSkills", snapshot.visible.len() - snapshot.executable)
        }
    };
    let mut text = format!(r#"{{"{list}":["#);
    for (number, hit) in found.hits.iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        entry(&mut text, snapshot, hit, &request);
    }
    let warnings = Value::Array(warnings(snapshot, &request, &found, list));
    text.push_str(&format!(r#"],"warnings":{warnings},"{total}":{count}}}"#));
    Reply::Text(text)
}

fn entry(text: &mut String, snapshot: &Snapshot, hit: &Hit, request: &Request<'_>) {
    let card = snapshot.visible[hit.entry as usize].card(|skill| card(snapshot, skill));
    let matched = (0..).zip(&request.queries).filter(|(number, _)| hit.matched & (1 << number) != 0);
    let matched: Value = matched.map(|(_, query)| *query).collect();
    let relevance = rounded(hit.relevance);
    text.push_str(card);
    text.push_str(&format!(r#","relevanceScore":{relevance},"matchedQueries":{matched},"source":"local"}}"#));
}

/// What is said of a skill whatever was asked: the beginning of a JSON object.
fn card(snapshot: &Snapshot, skill: &Skill) -> String {
    let mut card = json!({"name": skill.name, "description": skill.description, "tags": skill.tags});
    if skill.is_executable() {
        let operations =
            skill.operations.iter().filter_map(|tool| Some((tool, snapshot.operations.get(tool)?)));
        card["operations"] =
            operations.take(OPERATIONS_SHOWN).map(|(tool, each)| operation(tool, each)).collect();
        if skill.operations.len() > OPERATIONS_SHOWN {
            card["moreOperations"] = (skill.operations.len() - OPERATIONS_SHOWN).into();
        }
    }
    let mut text = card.to_string();
    text.pop();
    text
}

fn operation(tool: &str, operation: &Operation) -> Value {
    json!({
        "spec": operation.spec,
        "operationId": operation.id,
        "tool": tool,
        "summary": operation.summary,
    })
}

/// Three decimals: enough to compare, short to read.
fn rounded(relevance: f32) -> Value {
    Value::from((f64::from(relevance) * 1000.0).round() / 1000.0)
}

fn warnings(snapshot: &Snapshot, request: &Request<'_>, found: &Found, list: &str) -> Vec<Value> {
    let mut warnings = Vec::new();
    let unseen =
        |name: &&&str| snapshot.catalog.skills.get(**name).is_none_or(|skill| skill.hide_from_discovery);
    let unknown: Vec<&str> = request.exclude.iter().filter(unseen).copied().collect();
    if !unknown.is_empty() {
        warnings.push(json!({
            "type": "excluded_skill_not_found",
            "message": format!("Excluded skills not found: {}", unknown.join(", ")),
            "affectedSkills": unknown,
        }));
    }
    let (below, least) = (found.below, request.least);
    if found.hits.is_empty() {
        let queries = request.queries.join(", ");
        let near = if below == 0 { String::new() } else { format!("; {below} below relevance {least}") };
        warnings.push(
            json!({"type": "no_results", "message": format!("No {list} found for queries: {queries}{near}")}),
        );
    } else if below > 0 {
        let message = format!("{below} result(s) filtered due to relevance below {least}");
        warnings.push(json!({"type": "low_relevance", "message": message}));
    }
    warnings
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
