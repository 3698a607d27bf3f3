//! Which specs become global objects of a script, and why the others do not.

use std::collections::BTreeMap;

use crate::findings::Finding;
use crate::openapi::namespace::unusable;
use crate::openapi::operation::Spec;
use crate::registry::places::Places;

/// Namespace → spec id. A namespace that is no free identifier is a warning: its operations stay reachable by
/// `callTool`. Two specs under one namespace are an error.
pub(super) fn assign<'a>(
    specs: impl IntoIterator<Item = &'a Spec>,
    places: &Places,
    findings: &mut Vec<Finding>,
) -> BTreeMap<String, String> {
    let mut namespaces: BTreeMap<String, String> = BTreeMap::new();
    for (index, spec) in specs.into_iter().enumerate() {
        let place = || places.at(&format!("/specs/{index}"), 1);
        let (namespace, id) = (&spec.namespace, &spec.id);
        if let Some(reason) = unusable(namespace) {
            findings.push(
                Finding::warning("namespace-unusable", format!("The namespace `{namespace}` of spec `{id}` {reason}"))
                    .hint(format!(
                        "Give the spec another `bindingName`; until then scripts write callTool(\"{id}.operation\", …)"
                    )),
            );
        } else if let Some(other) = namespaces.get(namespace) {
            findings.push(
                Finding::error(
                    "namespace-taken",
                    format!("The specs `{other}` and `{id}` share the namespace `{namespace}`"),
                )
                .at(place())
                .hint("Give one of them another `bindingName`"),
            );
        } else {
            namespaces.insert(namespace.clone(), id.clone());
        }
    }
    namespaces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(id: &str, namespace: &str) -> Spec {
        Spec { id: id.to_owned(), namespace: namespace.to_owned(), ..Spec::default() }
    }

    #[test]
    fn unusable_namespaces_are_warned_about_and_shared_ones_refused() {
        let mut findings = Vec::new();
        let specs = [spec("a", "acme"), spec("b", "acme-api"), spec("c", "ctx"), spec("d", "acme")];
        let namespaces = assign(&specs, &Places::default(), &mut findings);
        assert_eq!(namespaces, BTreeMap::from([("acme".to_owned(), "a".to_owned())]));
        let codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["namespace-unusable", "namespace-unusable", "namespace-taken"]);
    }
}
