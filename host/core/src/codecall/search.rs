//! The two search tools: executable skills, and knowledge. Never shows a skill hidden from discovery.

use serde_json::{Map, Value, json};

use super::Answer;
use super::arguments::Arguments;
use crate::openapi::operation::Operation;
use crate::registry::snapshot::Snapshot;
use crate::skill::catalog::Skill;
use crate::skill::index::{Found, Hit, Search};

/// Operations shown inline with a skill; the rest is counted.
const OPERATIONS_SHOWN: usize = 50;
const DEFAULT_TOP: u32 = 5;
const DEFAULT_LEAST: f64 = 0.1;

/// `searchSkills`: skills that grant operations, with those operations.
pub fn skills(snapshot: &Snapshot, arguments: &Value) -> Answer {
    answer(snapshot, arguments, Kind::Executable)
}

/// `searchKnowledge`: skills that grant none.
pub fn knowledge(snapshot: &Snapshot, arguments: &Value) -> Answer {
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

fn answer(snapshot: &Snapshot, arguments: &Value, kind: Kind) -> Answer {
    let request = match parse(arguments) {
        Ok(request) => request,
        Err(refused) => return refused,
    };
    let wanted = |skill: &Skill| {
        skill.is_executable() == (kind == Kind::Executable)
            && !request.exclude.contains(&skill.name.as_str())
            && (request.tags.is_empty() || skill.tags.iter().any(|tag| request.tags.contains(&tag.as_str())))
    };
    let search = Search { queries: &request.queries, top: request.top as usize, least: request.least as f32 };
    let skill = |entry: u32| &*snapshot.visible[entry as usize];
    let accepts = |entry| wanted(skill(entry));
    let found = snapshot.index.search(&search, accepts);
    let shown = found.hits.iter().map(|hit| entry(snapshot, skill(hit.entry), hit, &request));
    let (list, total, count) = match kind {
        Kind::Executable => ("skills", "totalExecutableSkills", snapshot.executable),
        Kind::Knowledge => {
            ("knowledge", "totalKnowledgeSkills", snapshot.visible.len() - snapshot.executable)
        }
    };
    let mut structured = Map::new();
    structured.insert(list.to_owned(), shown.collect());
    structured.insert("warnings".to_owned(), Value::Array(warnings(snapshot, &request, &found, list)));
    structured.insert(total.to_owned(), count.into());
    Answer { structured: Value::Object(structured), is_error: false }
}

fn entry(snapshot: &Snapshot, skill: &Skill, hit: &Hit, request: &Request<'_>) -> Value {
    let matched = (0..).zip(&request.queries).filter(|(number, _)| hit.matched & (1 << number) != 0);
    let mut entry = Map::new();
    let mut put = |key: &str, value: Value| {
        entry.insert(key.to_owned(), value);
    };
    put("name", skill.name.as_str().into());
    put("description", skill.description.as_str().into());
    put("tags", skill.tags.iter().map(String::as_str).collect());
    if skill.is_executable() {
        let operations =
            skill.operations.iter().filter_map(|tool| Some((tool, snapshot.operations.get(tool)?)));
        put(
            "operations",
            operations.take(OPERATIONS_SHOWN).map(|(tool, each)| operation(tool, each)).collect(),
        );
        if skill.operations.len() > OPERATIONS_SHOWN {
            put("moreOperations", (skill.operations.len() - OPERATIONS_SHOWN).into());
        }
    }
    put("relevanceScore", rounded(hit.relevance));
    put("matchedQueries", matched.map(|(_, query)| *query).collect());
    put("source", "local".into());
    Value::Object(entry)
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
