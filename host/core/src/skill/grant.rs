//! Which operations a call may use: granted by the active skills, never filtered from everything.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use super::suggest;
use crate::reject::Reject;
use crate::skill::catalog::{Catalog, Skill};

/// The active skills and what they grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Active skills, sorted: the requested ones, what they require, and every always-loaded one.
    pub skills: BTreeSet<String>,
    /// Granted tool names (`spec.name`).
    pub operations: BTreeSet<String>,
}

/// Resolves the active skills. `requested: None` means every skill the caller may use; `allowed` narrows
/// the granted tools further. Unknown skills and tools are refused, all of them in one message.
pub fn resolve(
    catalog: &Catalog,
    requested: Option<&[String]>,
    allowed: Option<&[String]>,
) -> Result<Arc<Grant>, Reject> {
    if requested.is_none() && allowed.is_none() {
        return Ok(catalog.everything());
    }
    let mut problems = Vec::new();
    let active = active_skills(catalog, requested, &mut problems);
    let mut grant = Grant::of(active);
    if let Some(allowed) = allowed {
        let granted = std::mem::take(&mut grant.operations);
        for tool in allowed {
            match granted.get(tool) {
                Some(tool) => {
                    grant.operations.insert(tool.clone());
                }
                None => problems.push(ungranted(catalog, tool, &granted)),
            }
        }
    }
    if !problems.is_empty() {
        return Err(refusal(&problems));
    }
    Ok(Arc::new(grant))
}

impl Grant {
    /// What these skills grant together.
    pub(super) fn of<'a>(active: impl IntoIterator<Item = &'a Skill>) -> Self {
        let mut grant = Self { skills: BTreeSet::new(), operations: BTreeSet::new() };
        for skill in active {
            grant.skills.insert(skill.name.clone());
            grant.operations.extend(skill.operations.iter().cloned());
        }
        grant
    }
}

/// One name that cannot be granted.
struct Problem {
    code: &'static str,
    name: String,
    message: String,
}

/// The requested and the always-loaded skills with everything they require, directly or not.
fn active_skills<'a>(
    catalog: &'a Catalog,
    requested: Option<&[String]>,
    problems: &mut Vec<Problem>,
) -> Vec<&'a Skill> {
    let Some(requested) = requested else { return catalog.skills.values().map(|skill| &**skill).collect() };
    let mut waiting: Vec<&Skill> =
        catalog.skills.values().map(|skill| &**skill).filter(|skill| skill.always_load).collect();
    for name in requested {
        match catalog.skills.get(name) {
            Some(skill) => waiting.push(skill),
            None => problems.push(unknown_skill(catalog, name)),
        }
    }
    let mut active = std::collections::BTreeMap::new();
    while let Some(skill) = waiting.pop() {
        if active.insert(skill.name.as_str(), skill).is_none() {
            waiting.extend(
                skill.requires.iter().filter_map(|name| catalog.skills.get(name)).map(|skill| &**skill),
            );
        }
    }
    active.into_values().collect()
}

fn unknown_skill(catalog: &Catalog, name: &str) -> Problem {
    let known = catalog.skills.values().filter(|skill| !skill.hide_from_discovery);
    let hint = suggest::hint(name, known.map(|skill| skill.name.as_str()));
    problem("unknown_skill", name, format!("There is no skill `{name}`"), hint)
}

fn ungranted(catalog: &Catalog, tool: &str, granted: &BTreeSet<String>) -> Problem {
    let mut owners =
        catalog.skills.values().filter(|skill| skill.operations.iter().any(|name| name == tool)).peekable();
    if owners.peek().is_some() {
        let visible = owners.find(|skill| !skill.hide_from_discovery);
        let hint = visible.map(|skill| format!("Add `{}` to `skills`", skill.name));
        return problem("tool_not_granted", tool, format!("The active skills do not grant `{tool}`"), hint);
    }
    let hint = suggest::hint(tool, granted.iter().map(String::as_str));
    problem("unknown_tool", tool, format!("There is no tool `{tool}`"), hint)
}

fn problem(code: &'static str, name: &str, message: String, hint: Option<String>) -> Problem {
    let message = match hint {
        Some(hint) => format!("{message}. {hint}"),
        None => message,
    };
    Problem { code, name: name.to_owned(), message }
}

fn refusal(problems: &[Problem]) -> Reject {
    let messages: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    let details: Vec<_> = problems
        .iter()
        .map(|problem| json!({"code": problem.code, "name": problem.name, "message": problem.message}))
        .collect();
    Reject::new(problems[0].code, messages.join("; ")).details(json!({ "findings": details }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skill(name: &str, operations: &[&str], requires: &[&str]) -> Skill {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Skill {
            name: name.to_owned(),
            description: String::new(),
            tags: Vec::new(),
            always_load: name.starts_with("always"),
            hide_from_discovery: name.ends_with("hidden"),
            requires: owned(requires),
            frontmatter: json!({}),
            instructions: String::new(),
            operations: owned(operations),
            files: std::collections::BTreeMap::new(),
        }
    }

    fn catalog() -> Catalog {
        let skills = [
            skill("always-hidden", &["acme.log"], &[]),
            skill("refund", &["acme.refund"], &["orders"]),
            skill("orders", &["acme.getOrder", "acme.list"], &["refund"]),
            skill("other", &["billing.pay"], &[]),
        ];
        Catalog::new(skills.map(|skill| (skill.name.clone(), skill.into())))
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn set(items: &[&str]) -> BTreeSet<String> {
        names(items).into_iter().collect()
    }

    #[test]
    fn required_and_always_loaded_skills_join_and_cycles_end() {
        let grant = resolve(&catalog(), Some(&names(&["refund"])), None).unwrap();
        assert_eq!(grant.skills, set(&["always-hidden", "orders", "refund"]));
        assert_eq!(grant.operations, set(&["acme.getOrder", "acme.list", "acme.log", "acme.refund"]));
    }

    #[test]
    fn no_request_means_every_skill_and_an_empty_one_only_the_always_loaded() {
        assert_eq!(resolve(&catalog(), None, None).unwrap().operations.len(), 5);
        assert_eq!(resolve(&catalog(), Some(&[]), None).unwrap().skills, set(&["always-hidden"]));
    }

    #[test]
    fn allowed_tools_narrow_and_never_widen() {
        let grant = resolve(&catalog(), None, Some(&names(&["acme.list"]))).unwrap();
        assert_eq!(grant.operations, set(&["acme.list"]));
        let refused = resolve(&catalog(), Some(&[]), Some(&names(&["billing.pay"]))).unwrap_err();
        assert_eq!(refused.code, "tool_not_granted");
        assert!(refused.message.contains("Add `other` to `skills`"), "{}", refused.message);
    }

    #[test]
    fn all_unknown_names_are_refused_in_one_message() {
        let asked = names(&["refnd", "orders"]);
        let refused = resolve(&catalog(), Some(&asked), Some(&names(&["acme.getOrdr", "x.y"]))).unwrap_err();
        assert_eq!(refused.code, "unknown_skill");
        for part in ["Did you mean `refund`", "acme.getOrder", "`x.y`"] {
            assert!(refused.message.contains(part), "{part} in {}", refused.message);
        }
        assert_eq!(refused.details.unwrap()["findings"].as_array().unwrap().len(), 3);
    }
}
