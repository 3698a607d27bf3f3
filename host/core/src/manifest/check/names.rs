//! Names that must be given once, and names that scripts can say.

use std::collections::BTreeMap;

use super::view::{Node, View};
use crate::findings::{Finding, Location};
use crate::manifest::schema::stem;
use crate::openapi::namespace;

/// Keys, secrets, tags and bindings are named once.
pub(super) fn duplicates(view: &View<'_>, findings: &mut Vec<Finding>) {
    let list = |section: &str, field: &str| -> Vec<Node<'_>> {
        let items = view.section(section).map(|section| section.items()).unwrap_or_default();
        items.iter().filter_map(|item| item.get(field)).collect()
    };
    let kids = view.section("signing").map(|signing| signing.all("trustRoots", "kid")).unwrap_or_default();
    once("duplicate-kid", "the key id", &named(&kids), findings);
    once("duplicate-secret", "the secret", &named(&list("secrets", "name")), findings);
    once("duplicate-tag", "the tag", &named(&list("tags", "name")), findings);
    once("duplicate-binding", "the binding", &bindings(view), findings);
}

/// A name, and where it is given.
type Named<'a> = (&'a str, Location);

fn named<'a>(nodes: &[Node<'a>]) -> Vec<Named<'a>> {
    nodes.iter().filter_map(|node| Some((node.text()?, node.place()))).collect()
}

/// All kinds of bindings share one scope in the running program, and so do variables.
fn bindings<'a>(view: &View<'a>) -> Vec<Named<'a>> {
    let Some(bindings) = view.section("bindings") else { return Vec::new() };
    let kinds = ["durableObjects", "d1Databases", "kvNamespaces", "r2Buckets"];
    let nodes: Vec<Node<'_>> = kinds.iter().flat_map(|kind| bindings.all(kind, "binding")).collect();
    let mut all = named(&nodes);
    let own = bindings.get("vars").map(|vars| vars.entries()).unwrap_or_default();
    let added = view.overlaid("vars").map(|vars| vars.entries()).unwrap_or_default();
    let added =
        added.into_iter().filter(|(key, _)| !own.iter().any(|(other, _)| other == key)).collect::<Vec<_>>();
    all.extend(own.iter().chain(&added).map(|(key, node)| (*key, node.key_place())));
    all
}

fn once(code: &'static str, what: &str, names: &[Named<'_>], findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<&str, u32> = BTreeMap::new();
    for (name, place) in names {
        match first.get(name) {
            None => drop(first.insert(name, place.line)),
            Some(line) => findings.push(
                Finding::error(code, format!("{what} `{name}` is given twice"))
                    .at(place.clone())
                    .hint(format!("it is first given on line {line}")),
            ),
        }
    }
}

/// Ids of descriptions, and the names of their objects in scripts, differ; scripts can say the names.
pub(super) fn specs(view: &View<'_>, findings: &mut Vec<Finding>) {
    let entries = view.section("specs").map(|specs| specs.items()).unwrap_or_default();
    let mut ids = Vec::new();
    let mut scopes = Vec::new();
    let described: Vec<Described> = entries.iter().filter_map(Described::of).collect();
    for each in &described {
        let again = ids.iter().any(|(id, _)| *id == each.id);
        ids.push((each.id.as_str(), each.id_place.clone()));
        if again && each.scope_place == each.id_place {
            continue;
        }
        scopes.push((each.scope.as_str(), each.scope_place.clone()));
        if let Some(reason) = namespace::unusable(&each.scope) {
            findings.push(unusable(each, reason));
        }
    }
    let start = findings.len();
    once("duplicate-spec", "the spec id", &ids, findings);
    for finding in &mut findings[start..] {
        let first = finding.hint.take().unwrap_or_default();
        finding.hint = Some(format!("{first}; give this one another `id`"));
    }
    once("namespace-taken", "the namespace", &scopes, findings);
}

fn unusable(spec: &Described, reason: &str) -> Finding {
    let message = format!("the namespace `{}` of spec `{}` {reason}", spec.scope, spec.id);
    Finding::warning("namespace-unusable", message).at(spec.scope_place.clone()).hint(format!(
        "give the spec another `bindingName`; until then scripts write callTool(\"{}.operation\", …)",
        spec.id
    ))
}

/// A description's id and the name of its object in scripts.
struct Described {
    id: String,
    id_place: Location,
    scope: String,
    scope_place: Location,
}

impl Described {
    fn of(entry: &Node<'_>) -> Option<Self> {
        let (id, id_place) = match entry.text() {
            Some(path) => (stem(path), entry.place()),
            None => {
                let id = entry.get("id")?;
                (id.text()?.to_owned(), id.place())
            }
        };
        let own = entry.get("bindingName").and_then(|node| Some((node.text()?.to_owned(), node.place())));
        let (scope, scope_place) = own.unwrap_or_else(|| (id.clone(), id_place.clone()));
        Some(Self { id, id_place, scope, scope_place })
    }
}
