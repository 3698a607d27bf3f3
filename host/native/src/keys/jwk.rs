//! Private keys as JWK (RFC 7517, RFC 7518 §6.3.2, RFC 8037 §2). Never takes a key for what it says it is not for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use ed25519_dalek::SigningKey;
use frontmcp_core::bundle::keys::Algorithm;
use rsa::BoxedUint;
use rsa::pkcs8::der::zeroize::Zeroizing;
use serde_json::{Map, Value};

use super::{KeyError, PrivateKey};

/// Reads one JWK. Members that say nothing about the key or its use are ignored, as RFC 7517 §4 asks.
pub(super) fn read(text: &str) -> Result<PrivateKey, KeyError> {
    let jwk: Map<String, Value> =
        serde_json::from_str(text).map_err(|_| KeyError("the JWK is not one JSON object"))?;
    if jwk.contains_key("keys") {
        return Err(KeyError("this is a set of keys; give one private JWK"));
    }
    let kind = jwk.get("kty").and_then(Value::as_str);
    match kind {
        Some("OKP" | "RSA") if !jwk.contains_key("d") => {
            return Err(KeyError("this is a public key; the private one signs, and has a member `d`"));
        }
        Some("OKP" | "RSA") => {}
        Some("EC") => {
            return Err(KeyError(
                "this is an elliptic-curve key (ECDSA); bundles are signed with Ed25519 or RSA",
            ));
        }
        Some("oct") => {
            return Err(KeyError("this is a symmetric key; bundles are signed with Ed25519 or RSA"));
        }
        Some(_) => return Err(KeyError("kty of the JWK is neither OKP nor RSA")),
        None => return Err(KeyError("the JWK has no kty")),
    }
    let key = if kind == Some("OKP") { okp(&jwk)? } else { rsa(&jwk)? };
    check_use(&jwk, key.algorithm())?;
    Ok(key)
}

fn okp(jwk: &Map<String, Value>) -> Result<PrivateKey, KeyError> {
    if jwk.get("crv").and_then(Value::as_str) != Some("Ed25519") {
        return Err(KeyError("the curve of an OKP key must be Ed25519"));
    }
    let secret = member(jwk, "d")?;
    let secret: &[u8; 32] =
        secret.as_slice().try_into().map_err(|_| KeyError("an Ed25519 key has 32 bytes"))?;
    let key = SigningKey::from_bytes(secret);
    if member(jwk, "x")?.as_slice() != key.verifying_key().as_bytes() {
        return Err(KeyError("d and x of the JWK are not of one key"));
    }
    PrivateKey::ed25519(key)
}

fn rsa(jwk: &Map<String, Value>) -> Result<PrivateKey, KeyError> {
    if jwk.contains_key("oth") {
        return Err(KeyError("RSA keys with more than two primes are not supported"));
    }
    PrivateKey::check_modulus(&member(jwk, "n")?)?;
    let number = |name| Ok(BoxedUint::from_be_slice_vartime(&member(jwk, name)?));
    let primes = vec![number("p")?, number("q")?];
    rsa::PrivateKey::from_components(number("n")?, number("e")?, number("d")?, primes)
        .map_err(|_| KeyError("the numbers of the JWK are not of one RSA key"))
        .and_then(PrivateKey::rsa)
}

fn member(jwk: &Map<String, Value>, name: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let text = jwk.get(name).and_then(Value::as_str);
    text.and_then(|text| BASE64URL.decode(text).ok()).map(Zeroizing::new).ok_or(KeyError(
        "a member of the JWK that makes up the key is missing or not base64url without padding",
    ))
}

/// RFC 7517 §4.2 to §4.4: a key that says what it is for must say that it signs.
fn check_use(jwk: &Map<String, Value>, algorithm: Algorithm) -> Result<(), KeyError> {
    // RFC 9864 gives Ed25519 a name of its own beside EdDSA.
    let fits =
        |name: &str| name == algorithm.as_str() || (algorithm == Algorithm::EdDsa && name == "Ed25519");
    if jwk.get("alg").is_some_and(|alg| !alg.as_str().is_some_and(fits)) {
        return Err(KeyError("alg of the JWK is not that of its kty (EdDSA for Ed25519, RS256 for RSA)"));
    }
    if jwk.get("use").is_some_and(|usage| usage != "sig") {
        return Err(KeyError("use of the JWK is not sig"));
    }
    let signs = |operations: &Value| {
        operations.as_array().is_some_and(|operations| operations.iter().any(|operation| operation == "sign"))
    };
    if jwk.get("key_ops").is_some_and(|operations| !signs(operations)) {
        return Err(KeyError("key_ops of the JWK do not include sign"));
    }
    Ok(())
}
