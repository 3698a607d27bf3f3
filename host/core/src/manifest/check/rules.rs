//! References between fields, and contents that a schema cannot judge.

use http::HeaderName;
use url::Url;

use super::view::{Node, View};
use crate::findings::Finding;
use crate::openapi::classify::Rule;
use crate::skill::suggest;

/// Every secret that is used is declared.
pub(super) fn secrets(view: &View<'_>, findings: &mut Vec<Finding>) {
    let declared: Vec<&str> = view
        .section("secrets")
        .iter()
        .flat_map(Node::items)
        .filter_map(|each| each.get("name")?.text())
        .collect();
    for (wanted, whereabouts) in references(view) {
        let Some(name) = wanted.text().filter(|name| !declared.contains(name)) else { continue };
        let message = format!("Secret \"{name}\" referenced at {whereabouts} is not declared in secrets[]");
        let hint = match suggest::closest(name, declared.iter().copied()).first() {
            Some(near) => format!("did you mean `{near}`? Else add `- name: {name}` to `secrets`"),
            None => format!("add `- name: {name}` to `secrets`"),
        };
        findings.push(Finding::error("undeclared-secret", message).at(wanted.place()).hint(hint));
    }
}

fn references<'a>(view: &View<'a>) -> Vec<(Node<'a>, String)> {
    let auth = view.section("auth");
    let paths: [&[&str]; 3] =
        [&["frontegg", "issuerSecret"], &["oauth", "credentialsSecret"], &["apiKey", "allowlistSecret"]];
    let mut found: Vec<(Node<'a>, String)> = paths
        .iter()
        .filter_map(|path| Some((auth.as_ref()?.path(path)?, format!("auth.{}", path.join(".")))))
        .collect();
    let roots = view.section("signing").and_then(|signing| signing.get("trustRoots"));
    for root in roots.iter().flat_map(Node::items) {
        let kid = root.get("kid").and_then(|kid| kid.text()).unwrap_or_default();
        let whereabouts = format!("signing.trustRoots[kid={kid}].publicKeySecret");
        found.extend(root.get("publicKeySecret").map(|secret| (secret, whereabouts)));
    }
    found
}

/// The KV namespace of the replay nonces is bound, and an overlay has not lost it.
pub(super) fn nonce(view: &View<'_>, findings: &mut Vec<Finding>) {
    let wanted = view.section("signing").and_then(|signing| signing.path(&["replay", "nonceKv"]));
    let Some((wanted, name)) = wanted.and_then(|node| Some((node.clone(), node.text()?))) else { return };
    let bound = |bindings: Option<Node<'_>>| -> Vec<String> {
        let namespaces = bindings.map(|bindings| bindings.all("kvNamespaces", "binding")).unwrap_or_default();
        namespaces.iter().filter_map(|each| each.text().map(str::to_owned)).collect()
    };
    let own = bound(view.section("bindings"));
    if own.iter().any(|each| each == name) {
        return;
    }
    let message =
        format!("signing.replay.nonceKv \"{name}\" does not match any bindings.kvNamespaces[].binding");
    let finding = Finding::error("nonce-kv", message);
    let lost = bound(view.of_base("bindings")).iter().any(|each| each == name);
    findings.push(match view.overlaid("bindings").filter(|_| lost) {
        Some(bindings) => finding.at(bindings.key_place()).hint(format!(
            "`bindings` in an environment replaces all of the base's; to change variables only, write `vars:` \
             directly under `{}`, else repeat the KV namespace `{name}` here",
            view.prefix()
        )),
        None if own.is_empty() => {
            finding.at(wanted.place()).hint(format!("add `- binding: {name}` with its `id` to `bindings.kvNamespaces`"))
        }
        None => finding.at(wanted.place()).hint(format!("bound KV namespaces: {}", own.join(", "))),
    });
}

/// `skills.alwaysLoad` holds skill ids, `skills.tags` declared tags.
pub(super) fn skills(view: &View<'_>, findings: &mut Vec<Finding>) {
    for entry in view.field("skills", "alwaysLoad").iter().flat_map(Node::items) {
        let Some(name) = entry.text().filter(|name| !is_kebab_case(name)) else { continue };
        let message = format!("skills.alwaysLoad entry \"{name}\" is not a valid kebab-case skill id");
        let hint = "skill ids are lower-case letters, digits and `-`, the first a letter or digit";
        findings.push(Finding::error("skill-id", message).at(entry.place()).hint(hint));
    }
    let Some(filter) = view.field("skills", "tags") else { return };
    // Upstream's rule: without a `tags` list, any tag goes.
    let Some(tags) = view.section("tags") else { return };
    let declared: Vec<&str> = tags.items().iter().filter_map(|tag| tag.get("name")?.text()).collect();
    let lists = ["include", "exclude"].into_iter().filter_map(|list| filter.get(list));
    for entry in lists.flat_map(|list| list.items()) {
        let Some(name) = entry.text().filter(|name| !declared.contains(name)) else { continue };
        let message = format!("skills.tags references unknown tag \"{name}\" (not in tags[])");
        let finding = Finding::error("unknown-tag", message).at(entry.place());
        findings.push(match suggest::closest(name, declared.iter().copied()).first() {
            Some(near) => finding.hint(format!("did you mean `{near}`?")),
            None => finding.hint(format!("add `- name: {name}` to `tags`")),
        });
    }
}

fn is_kebab_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Rules can match, and do something when they do.
pub(super) fn classification(view: &View<'_>, findings: &mut Vec<Finding>) {
    let rules = view.section("classification").and_then(|section| section.get("rules"));
    for rule in rules.iter().flat_map(Node::items) {
        if let Some(pattern) = rule.get("match") {
            let wrong = pattern.text().and_then(|text| Rule::new(text, None, None).err());
            findings.extend(wrong.map(|wrong| Finding::error("rule-syntax", wrong).at(pattern.place())));
        }
        if rule.get("expose").is_none() && rule.get("emits").is_none() && !rule.entries().is_empty() {
            let finding = Finding::warning("rule-without-effect", "the rule changes nothing");
            findings.push(finding.at(rule.place()).hint("give it `expose` or `emits`, or remove it"));
        }
    }
}

/// A target that this version serves, and a date that exists.
pub(super) fn runtime(view: &View<'_>, findings: &mut Vec<Finding>) {
    let Some(runtime) = view.section("runtime") else { return };
    if let Some(target) = runtime.get("target")
        && let Some(name @ ("vercel-edge" | "deno-deploy")) = target.text()
    {
        let message = format!("the target `{name}` is declared, not supported by this version");
        findings.push(
            Finding::error("unsupported-target", message).at(target.place()).hint("use `cloudflare-worker`"),
        );
    }
    if let Some(date) = runtime.get("compatibilityDate")
        && let Some(text) = date.text()
        && is_dated(text) == Some(false)
    {
        let message = format!("`runtime.compatibilityDate` {text} is not a day of the calendar");
        findings.push(Finding::error("no-such-day", message).at(date.place()));
    }
}

/// Whether a text of the shape `YYYY-MM-DD` is a day; `None` for another shape, which the schema refuses.
fn is_dated(text: &str) -> Option<bool> {
    let [year, month, day] =
        text.split('-').map(|part| part.parse::<u32>().ok()).collect::<Option<Vec<_>>>()?[..]
    else {
        return None;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => 0,
    };
    Some((1..=days).contains(&day))
}

/// URL fields are absolute http or https URLs; descriptions come from files or by https.
pub(super) fn urls(view: &View<'_>, findings: &mut Vec<Finding>) {
    let specs = view.section("specs");
    let entries: Vec<Node<'_>> = specs.iter().flat_map(Node::items).collect();
    let bases = entries.iter().filter_map(|entry| entry.get("baseUrl"));
    let issuer = view.section("auth").and_then(|auth| auth.path(&["oauth", "issuer"]));
    for field in view.section("$schema").into_iter().chain(bases).chain(issuer) {
        let Some(text) = field.text() else { continue };
        let fault = match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => continue,
            Ok(url) => format!("uses the scheme `{}`", url.scheme()),
            Err(error) => format!("cannot be read: {error}"),
        };
        let finding = Finding::error("bad-url", format!("the URL {fault}")).at(field.place());
        findings.push(finding.hint("write an absolute http:// or https:// URL"));
    }
    for entry in &entries {
        let Some(place) = entry.get("spec").or_else(|| entry.text().map(|_| entry.clone())) else { continue };
        let Some((scheme, _)) = place.text().and_then(|text| text.split_once("://")) else { continue };
        if scheme != "https" {
            let finding = Finding::error("bad-url", format!("a description cannot be fetched by `{scheme}`"));
            findings.push(finding.at(place.place()).hint("name a file, or an https:// URL"));
        }
    }
}

/// The header of an API key is one that HTTP can carry.
pub(super) fn header(view: &View<'_>, findings: &mut Vec<Finding>) {
    let header = view.section("auth").and_then(|auth| auth.path(&["apiKey", "header"]));
    let Some((header, name)) = header.and_then(|node| Some((node.clone(), node.text()?))) else { return };
    if !name.is_empty() && HeaderName::from_bytes(name.as_bytes()).is_err() {
        let finding = Finding::error("bad-header", "`auth.apiKey.header` is not a header name");
        findings.push(finding.at(header.place()).hint("use letters, digits and `-`, like `X-API-Key`"));
    }
}
