//! `servers` → one absolute base URL: variables by their defaults, relative URLs against the description's own.

use url::Url;

use super::description::{Description, Node};
use crate::findings::Finding;

/// The base URL of an operation: the manifest's, else the nearest `servers` from the operation outwards.
pub(super) fn base_url(description: &Description, levels: &[&Node<'_>]) -> Result<String, Finding> {
    if let Some(base) = &description.fixed_base {
        return base_of(base).map_err(|reason| bad_base(format!("baseUrl `{base}` {reason}")));
    }
    let servers = levels.iter().filter_map(|level| level.get("servers"));
    let server = servers.filter_map(|servers| servers.items().next()).next();
    let Some(server) = server else {
        let finding = bad_base("the description names no server".to_owned());
        return Err(finding.at(description.root().at()).hint("add `baseUrl` to this spec in the manifest"));
    };
    from_server(description, &server).map_err(|reason| {
        bad_base(reason).at(server.at()).hint("mend `servers`, or add `baseUrl` to this spec in the manifest")
    })
}

fn bad_base(message: String) -> Finding {
    Finding::error("no-base-url", message)
}

fn from_server(description: &Description, server: &Node<'_>) -> Result<String, String> {
    let written = server.text("url").ok_or("a server needs a `url`")?;
    let url = substitute(written, server)?;
    if let Err(url::ParseError::RelativeUrlWithoutBase) = Url::parse(&url) {
        let Some(origin) = &description.origin else {
            return Err(format!("server `{url}` is relative, and the description is a file"));
        };
        let joined = origin.join(&url).map_err(|error| format!("server `{url}`: {error}"))?;
        return base_of(joined.as_str()).map_err(|reason| format!("server `{url}` {reason}"));
    }
    base_of(&url).map_err(|reason| format!("server `{url}` {reason}"))
}

/// Replaces every `{name}` by its variable's default. A default is never substituted again.
fn substitute(url: &str, server: &Node<'_>) -> Result<String, String> {
    let variables = server.get("variables");
    let mut text = String::new();
    let mut rest = url;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) =
            after.split_once('}').ok_or_else(|| format!("server `{url}` has an open brace"))?;
        let variable = variables.as_ref().and_then(|variables| variables.get(name));
        let default = variable.as_ref().and_then(|variable| variable.text("default"));
        let default = default.ok_or_else(|| format!("server variable `{name}` has no default"))?;
        text.push_str(before);
        text.push_str(default);
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

/// An absolute http or https URL without a trailing slash. The error completes "<url> …".
pub(crate) fn base_of(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| format!("is no absolute URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("must be http or https".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not carry a user name or password; declare a security scheme instead".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must not have a query or fragment".to_owned());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}
