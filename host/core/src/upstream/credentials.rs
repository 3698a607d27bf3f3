//! Which secret serves which security scheme, and how it goes onto the request. Never shows a value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, HeaderName};
use http::{HeaderMap, HeaderValue};

use super::style::{Escape, escape};
use super::token::{self, TokenKey, TokenRequest};
use super::{Redactions, Terms, ToolError};
use crate::openapi::operation::{Operation, Place, SchemeKind, SecurityUse, Spec};

/// What a request must carry to be let in.
#[derive(Debug, Default)]
pub(super) struct Proof {
    pub(super) headers: HeaderMap,
    /// Escaped names and values.
    pub(super) query: Vec<(String, String)>,
    /// Names and values, valid as they are.
    pub(super) cookies: Vec<(String, String)>,
    pub(super) redactions: Redactions,
    pub(super) tokens: Vec<TokenKey>,
}

/// Either everything is at hand, or a token must be fetched first.
pub(super) enum Found {
    Ready(Proof),
    Token(Box<TokenRequest>),
}

/// The secret that serves a scheme: `x-frontmcp.secret`, else `<NAMESPACE>_<SCHEME>`, else `<NAMESPACE>_API_TOKEN`,
/// whichever the manifest declares. The error lists the names that were looked for.
pub fn secret_name(spec: &Spec, scheme: &str, declared: &[String]) -> Result<String, Vec<String>> {
    let explicit = spec.security_schemes.get(scheme).and_then(|scheme| scheme.secret.clone());
    let namespace = screaming(&spec.namespace);
    let names = match explicit {
        Some(name) => vec![name],
        None => vec![format!("{namespace}_{}", screaming(scheme)), format!("{namespace}_API_TOKEN")],
    };
    names.iter().find(|name| declared.contains(name)).cloned().ok_or(names)
}

/// `acmeToken` → `ACME_TOKEN`.
fn screaming(text: &str) -> String {
    let mut name = String::new();
    let letters: Vec<char> = text.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(at + 1);
        let starts_word = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || after.is_some_and(char::is_ascii_lowercase)
            });
        if (starts_word || !letter.is_ascii_alphanumeric()) && !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        if letter.is_ascii_alphanumeric() {
            name.push(letter.to_ascii_uppercase());
        }
    }
    name.trim_end_matches('_').to_owned()
}

/// Takes the first alternative whose secrets are all bound.
pub(super) fn find(operation: &Operation, terms: &Terms<'_>) -> Result<Found, ToolError> {
    let mut obstacles = Vec::new();
    for alternative in &operation.security {
        match values(alternative, terms) {
            Ok(values) => return prove(alternative, &values, terms),
            Err(obstacle) => obstacles.push(obstacle),
        }
    }
    if obstacles.is_empty() {
        return Ok(Found::Ready(Proof::default()));
    }
    let message = format!("`{}` needs credentials: {}", operation.tool(), obstacles.join("; or "));
    Err(ToolError::new("CREDENTIALS", message))
}

struct Secret {
    name: String,
    value: String,
}

fn values(alternative: &[SecurityUse], terms: &Terms<'_>) -> Result<Vec<Secret>, String> {
    alternative.iter().map(|used| value(&used.scheme, terms)).collect()
}

fn value(scheme: &str, terms: &Terms<'_>) -> Result<Secret, String> {
    match terms.spec.security_schemes.get(scheme).map(|scheme| &scheme.kind) {
        None => return Err(format!("security scheme `{scheme}` is unknown")),
        Some(SchemeKind::Unsupported(reason)) => {
            return Err(format!("security scheme `{scheme}` is not supported ({reason})"));
        }
        Some(_) => {}
    }
    let name = secret_name(terms.spec, scheme, terms.declared).map_err(|names| {
        format!(
            "security scheme `{scheme}` has no secret; declare {} in the manifest's `secrets`",
            names.join(" or ")
        )
    })?;
    match terms.secrets.get(&name).filter(|value| !value.is_empty()) {
        Some(value) => Ok(Secret { name, value }),
        None => Err(format!("secret {name} is not bound")),
    }
}

fn prove(alternative: &[SecurityUse], secrets: &[Secret], terms: &Terms<'_>) -> Result<Found, ToolError> {
    let mut proof = Proof::default();
    for (used, secret) in alternative.iter().zip(secrets) {
        proof.redactions.add(&secret.value);
        let Some(scheme) = terms.spec.security_schemes.get(&used.scheme) else { continue };
        match &scheme.kind {
            SchemeKind::Bearer => authorise(&mut proof, secret, "Bearer", &secret.value)?,
            SchemeKind::Basic => {
                let (_, password) = secret
                    .value
                    .split_once(':')
                    .ok_or_else(|| malformed(secret, "must be `user:password`"))?;
                let encoded = STANDARD.encode(&secret.value);
                proof.redactions.add(password);
                proof.redactions.add(&encoded);
                authorise(&mut proof, secret, "Basic", &encoded)?;
            }
            SchemeKind::ApiKey { place, name } => api_key(&mut proof, secret, *place, name)?,
            SchemeKind::ClientCredentials { token_url } => {
                let (client, password) = secret
                    .value
                    .split_once(':')
                    .ok_or_else(|| malformed(secret, "must be `client_id:client_secret`"))?;
                proof.redactions.add(password);
                let key = TokenKey::new(&terms.spec.id, used, token_url, &secret.value);
                let Some(access) = terms.tokens.get(&key, terms.now_ms) else {
                    return token::request(key, (client, password), &proof.redactions, terms)
                        .map(|request| Found::Token(Box::new(request)));
                };
                proof.redactions.add(&access);
                proof.tokens.push(key);
                authorise(&mut proof, secret, "Bearer", &access)?;
            }
            SchemeKind::Unsupported(_) => {}
        }
    }
    Ok(Found::Ready(proof))
}

fn authorise(proof: &mut Proof, secret: &Secret, scheme: &str, value: &str) -> Result<(), ToolError> {
    set_header(proof, secret, AUTHORIZATION, &format!("{scheme} {value}"))
}

fn api_key(proof: &mut Proof, secret: &Secret, place: Place, name: &str) -> Result<(), ToolError> {
    match place {
        Place::Query => {
            proof.query.push((escape(name, Escape::Percent), escape(&secret.value, Escape::Percent)));
        }
        Place::Cookie => {
            if !secret.value.bytes().all(is_cookie_octet) {
                return Err(malformed(secret, "has characters that a cookie cannot carry"));
            }
            proof.cookies.push((name.to_owned(), secret.value.clone()));
        }
        _ => {
            let header =
                HeaderName::try_from(name).map_err(|_| malformed(secret, "goes into an invalid header"))?;
            set_header(proof, secret, header, &secret.value)?;
        }
    }
    Ok(())
}

fn set_header(proof: &mut Proof, secret: &Secret, name: HeaderName, value: &str) -> Result<(), ToolError> {
    let mut value = HeaderValue::try_from(value)
        .map_err(|_| malformed(secret, "has characters that a header cannot carry"))?;
    value.set_sensitive(true);
    match proof.headers.insert(name, value) {
        None => Ok(()),
        Some(_) => Err(malformed(secret, "goes into a header that another credential takes")),
    }
}

fn malformed(secret: &Secret, problem: &str) -> ToolError {
    ToolError::new("CREDENTIALS", format!("secret {} {problem}", secret.name))
}

/// RFC 6265 section 4.1.1.
fn is_cookie_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\",;\\".contains(&byte)
}

#[cfg(test)]
#[path = "credentials_tests.rs"]
mod tests;
