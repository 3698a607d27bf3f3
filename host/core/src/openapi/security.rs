//! `components.securitySchemes` and `security` → who has to prove what. Knows names of secrets, never values.

use std::collections::BTreeMap;

use super::description::Node;
use super::operation::{Place, SchemeKind, SecurityScheme, SecurityUse};
use crate::findings::Finding;

/// All schemes of a description, by name.
pub(super) fn schemes(root: &Node<'_>, findings: &mut Vec<Finding>) -> BTreeMap<String, SecurityScheme> {
    let declared = root.get("components").and_then(|components| components.get("securitySchemes"));
    let mut schemes = BTreeMap::new();
    for (name, node) in declared.iter().flat_map(Node::members) {
        let followed = match node.follow() {
            Ok(followed) => followed,
            Err(reason) => {
                findings.push(Finding::warning("bad-reference", reason).at(node.at()));
                continue;
            }
        };
        let secret = match secret(&followed) {
            Ok(secret) => secret,
            Err(finding) => {
                findings.push(finding);
                continue;
            }
        };
        let kind = kind(root, &followed);
        if let SchemeKind::Unsupported(reason) = &kind {
            let message = format!("security scheme `{name}` is not supported: {reason}");
            findings.push(Finding::warning("unsupported-security-scheme", message).at(node.key_at()));
        }
        schemes.insert(name.to_owned(), SecurityScheme { kind, secret });
    }
    schemes
}

/// `x-frontmcp: { secret: NAME }`; every other key is an error, since it would not do what it says.
fn secret(scheme: &Node<'_>) -> Result<Option<String>, Finding> {
    let Some(extension) = scheme.get("x-frontmcp") else { return Ok(None) };
    if let Some((key, node)) = extension.members().find(|(key, _)| *key != "secret") {
        let message = format!("unknown key `{key}` in `x-frontmcp` of a security scheme");
        return Err(Finding::error("unknown-key", message)
            .at(node.key_at())
            .hint("the only key is `secret`"));
    }
    match extension.text("secret") {
        Some(name) if is_secret_name(name) => Ok(Some(name.to_owned())),
        _ => Err(Finding::error("bad-secret-name", "`x-frontmcp.secret` must name a secret")
            .at(extension.at())
            .hint("name one of the manifest's `secrets`, e.g. `ACME_API_TOKEN`")),
    }
}

fn is_secret_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|each| each.is_ascii_alphanumeric() || each == '_')
}

fn kind(root: &Node<'_>, scheme: &Node<'_>) -> SchemeKind {
    match scheme.text("type") {
        Some("http") => match scheme.text("scheme").map(str::to_ascii_lowercase).as_deref() {
            Some("bearer") => SchemeKind::Bearer,
            Some("basic") => SchemeKind::Basic,
            Some(other) => SchemeKind::Unsupported(format!("HTTP authentication `{other}`")),
            None => SchemeKind::Unsupported("`scheme` is missing".to_owned()),
        },
        Some("apiKey") => api_key(scheme),
        Some("oauth2") => oauth2(root, scheme),
        // The secret holds an access token that was issued elsewhere.
        Some("openIdConnect") => SchemeKind::Bearer,
        Some(other) => SchemeKind::Unsupported(format!("type `{other}`")),
        None => SchemeKind::Unsupported("`type` is missing".to_owned()),
    }
}

fn api_key(scheme: &Node<'_>) -> SchemeKind {
    let place = match scheme.text("in") {
        Some("header") => Place::Header,
        Some("query") => Place::Query,
        Some("cookie") => Place::Cookie,
        _ => return SchemeKind::Unsupported("`in` must be header, query or cookie".to_owned()),
    };
    match scheme.text("name") {
        Some(name) if place == Place::Query || http::HeaderName::try_from(name).is_ok() => {
            SchemeKind::ApiKey { place, name: name.to_owned() }
        }
        _ => SchemeKind::Unsupported("`name` is missing or not a valid name there".to_owned()),
    }
}

/// Client credentials if the scheme has that flow; else the secret holds an access token.
fn oauth2(root: &Node<'_>, scheme: &Node<'_>) -> SchemeKind {
    let flow = scheme.get("flows").and_then(|flows| flows.get("clientCredentials"));
    let Some(flow) = flow else { return SchemeKind::Bearer };
    let Some(written) = flow.text("tokenUrl") else {
        return SchemeKind::Unsupported("`tokenUrl` is missing".to_owned());
    };
    match root.absolute(written) {
        Some(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            SchemeKind::ClientCredentials { token_url: url.into() }
        }
        _ => SchemeKind::Unsupported(format!("`{written}` is no absolute http or https URL")),
    }
}

/// The alternatives of an operation: its own `security`, else the description's. Alternatives that prove something
/// come before `{}`, which proves nothing.
pub(super) fn alternatives(
    root: &Node<'_>,
    operation: &Node<'_>,
    schemes: &BTreeMap<String, SecurityScheme>,
) -> Result<Vec<Vec<SecurityUse>>, Finding> {
    let Some(declared) = operation.get("security").or_else(|| root.get("security")) else {
        return Ok(Vec::new());
    };
    let mut alternatives = Vec::new();
    for alternative in declared.items() {
        let mut uses = Vec::new();
        for (scheme, scopes) in alternative.members() {
            if !schemes.contains_key(scheme) {
                return Err(Finding::error(
                    "unknown-security-scheme",
                    format!("unknown security scheme `{scheme}`"),
                )
                .at(scopes.key_at())
                .hint("declare it in `components.securitySchemes`"));
            }
            let scopes = scopes.items().filter_map(|scope| scope.value.as_str().map(str::to_owned)).collect();
            uses.push(SecurityUse { scheme: scheme.to_owned(), scopes });
        }
        alternatives.push(uses);
    }
    alternatives.sort_by_key(Vec::is_empty);
    Ok(alternatives)
}
