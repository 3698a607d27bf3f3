//! Callers with a key from a list. Keys are compared by digest and in constant time; none is kept.

use http::HeaderMap;
use http::header::HeaderValue;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use super::{Principal, Unauthorized};
use crate::manifest::schema::ApiKey;

/// Longest key that is looked at, in bytes.
const MAX_KEY_BYTES: usize = 1024;
/// Digits of a key's digest that name its holder: enough to tell keys apart, of no use for finding one.
const NAME_DIGITS: usize = 16;

/// The principal of the key that a request carries, if it is one of the list: one line for each key in the secret that
/// the manifest names.
///
/// # Errors
/// There is no key, more than one, or one that is not in the list.
pub fn authenticate(
    settings: &ApiKey,
    headers: &HeaderMap,
    secret: &dyn Fn(&str) -> Option<String>,
) -> Result<Principal, Unauthorized> {
    let refused = |message| Unauthorized { message, challenge: challenge(&settings.header) };
    let mut sent = headers.get_all(settings.header.as_str()).iter();
    let key = match (sent.next(), sent.next()) {
        (Some(key), None) if key.len() <= MAX_KEY_BYTES => key.as_bytes().trim_ascii(),
        (None, _) => return Err(refused("an API key is required")),
        _ => return Err(refused("this API key is not accepted")),
    };
    let allowed = secret(&settings.allowlist_secret).unwrap_or_default();
    let digest = Sha256::digest(key);
    // Every key is looked at, whichever of them it is.
    let found =
        keys(&allowed).fold(Choice::from(0), |found, each| found | Sha256::digest(each).ct_eq(&digest));
    if bool::from(found) && !key.is_empty() {
        let subject = crate::bundle::sha256_hex(key)[..NAME_DIGITS].to_owned();
        Ok(Principal { issuer: "apiKey".to_owned(), subject, tenant: None })
    } else {
        Err(refused("this API key is not accepted"))
    }
}

/// The keys of a list: one a line, blank lines and white space around them left out.
pub fn keys(list: &str) -> impl Iterator<Item = &str> {
    list.lines().map(str::trim).filter(|key| !key.is_empty())
}

fn challenge(header: &str) -> HeaderValue {
    let plain: String = header.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\\')).collect();
    let challenge = format!("ApiKey realm=\"frontmcp\", header=\"{plain}\"");
    HeaderValue::from_str(&challenge).expect("visible ASCII")
}

#[cfg(test)]
#[path = "api_key_tests.rs"]
mod tests;
