//! Public keys as JWK (RFC 7517, RFC 7518 §6.3, RFC 8037 §2). Never takes a key for what it says it is not for.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::{Algorithm, KeyError, PublicKey};

/// Members of private and symmetric keys.
const SECRETS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Reads one JWK. Members that say nothing about the key or its use are ignored, as RFC 7517 §4 asks.
pub(super) fn read(text: &str) -> Result<PublicKey, KeyError> {
    let Members(jwk) = serde_json::from_str(text)
        .map_err(|_| KeyError::Malformed("the JWK is not one JSON object with every member once"))?;
    let kind = jwk.get("kty").and_then(Value::as_str);
    if kind == Some("oct") || SECRETS.iter().any(|name| jwk.contains_key(*name)) {
        return Err(KeyError::Private);
    }
    let key = match kind {
        Some("OKP") if jwk.get("crv").and_then(Value::as_str) == Some("Ed25519") => {
            let bytes = bytes(&jwk, "x")?
                .try_into()
                .map_err(|_| KeyError::Malformed("an Ed25519 key has 32 bytes"))?;
            PublicKey::from_ed25519(&bytes)?
        }
        Some("OKP") => return Err(KeyError::Unsupported("the curve of an OKP key must be Ed25519")),
        Some("RSA") => PublicKey::from_rsa(&number(&jwk, "n")?, &number(&jwk, "e")?)?,
        Some(_) => return Err(KeyError::Unsupported("kty is neither OKP nor RSA")),
        None => return Err(KeyError::Malformed("the JWK has no kty")),
    };
    check_use(&jwk, key.algorithm())?;
    Ok(key)
}

/// RFC 7517 §4.2 to §4.4: a key that says what it is for must say that it verifies.
fn check_use(jwk: &Map<String, Value>, algorithm: Algorithm) -> Result<(), KeyError> {
    // RFC 9864 gives Ed25519 a name of its own beside EdDSA.
    let fits =
        |name: &str| name == algorithm.as_str() || (algorithm == Algorithm::EdDsa && name == "Ed25519");
    if jwk.get("alg").is_some_and(|alg| !alg.as_str().is_some_and(fits)) {
        return Err(KeyError::Unsupported(
            "alg of the JWK is not that of its kty (EdDSA for Ed25519, RS256 for RSA)",
        ));
    }
    if jwk.get("use").is_some_and(|usage| usage != "sig") {
        return Err(KeyError::Unsupported("use of the JWK is not sig"));
    }
    let verifies = |operations: &Value| {
        operations
            .as_array()
            .is_some_and(|operations| operations.iter().any(|operation| operation == "verify"))
    };
    if jwk.get("key_ops").is_some_and(|operations| !verifies(operations)) {
        return Err(KeyError::Unsupported("key_ops of the JWK do not include verify"));
    }
    Ok(())
}

fn bytes(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, KeyError> {
    let text = jwk.get(name).and_then(Value::as_str);
    text.and_then(|text| BASE64URL.decode(text).ok()).ok_or(KeyError::Malformed(
        "a member of the JWK that makes up the key is missing or not base64url without padding",
    ))
}

/// Base64urlUInt, RFC 7518 §2: as few bytes as possible.
fn number(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, KeyError> {
    let bytes = bytes(jwk, name)?;
    match bytes.first() {
        Some(first) if *first != 0 => Ok(bytes),
        _ => Err(KeyError::Malformed("a number of the JWK is empty or starts with zero bytes")),
    }
}

/// An object whose members stand once each.
struct Members(Map<String, Value>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;

        impl<'de> Visitor<'de> for Once {
            type Value = Members;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Members, A::Error> {
                let mut members = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if members.insert(name, value).is_some() {
                        return Err(de::Error::custom("a member stands twice"));
                    }
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Once)
    }
}
