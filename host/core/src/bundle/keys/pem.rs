//! Public keys in PEM and DER (RFC 7468, RFC 5280 §4.1, RFC 8410). Never guesses at a damaged block.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1::RsaPublicKeyRef;
use rsa::pkcs8::der::Decode as _;
use rsa::pkcs8::der::asn1::Null;
use rsa::pkcs8::{ObjectIdentifier, SubjectPublicKeyInfoRef};

use super::{KeyError, PublicKey};

/// RFC 8410 §3.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// `rsaEncryption`, RFC 3279 §2.3.1.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// Reads one `PUBLIC KEY` block; line breaks may be spelt `\n` and lines may be of any length.
pub(super) fn read(text: &str) -> Result<PublicKey, KeyError> {
    let text = text.replace("\\r", "\r").replace("\\n", "\n");
    let text = text.trim();
    if text.contains("PRIVATE KEY-----") {
        return Err(KeyError::Private);
    }
    let Some(block) = text.strip_prefix("-----BEGIN ") else {
        return Err(KeyError::Malformed("neither PEM (BEGIN PUBLIC KEY) nor a JWK"));
    };
    let Some(block) = block.strip_prefix("PUBLIC KEY-----") else {
        return Err(KeyError::Unsupported("the PEM block is not a PUBLIC KEY (SubjectPublicKeyInfo)"));
    };
    let Some((body, rest)) = block.split_once("-----END PUBLIC KEY-----") else {
        return Err(KeyError::Malformed("the PEM block does not end"));
    };
    if !rest.trim().is_empty() {
        return Err(KeyError::Malformed("something stands behind the PEM block; one key is wanted"));
    }
    let body: String = body.split_ascii_whitespace().collect();
    let der = STANDARD.decode(body).map_err(|_| KeyError::Malformed("the PEM block is not Base64"))?;
    read_spki(&der)
}

/// Reads a DER-encoded `SubjectPublicKeyInfo`.
pub(super) fn read_spki(der: &[u8]) -> Result<PublicKey, KeyError> {
    let malformed = KeyError::Malformed("the DER is not a SubjectPublicKeyInfo");
    let Ok(info) = SubjectPublicKeyInfoRef::from_der(der) else {
        return Err(malformed);
    };
    let Some(key) = info.subject_public_key.as_bytes() else {
        return Err(malformed);
    };
    match info.algorithm.oid {
        ED25519 if info.algorithm.parameters.is_some() => {
            Err(KeyError::Malformed("an Ed25519 key has no parameters (RFC 8410)"))
        }
        ED25519 => {
            let bytes = key.try_into().map_err(|_| KeyError::Malformed("an Ed25519 key has 32 bytes"))?;
            PublicKey::from_ed25519(bytes)
        }
        RSA if info.algorithm.parameters != Some(Null.into()) => {
            Err(KeyError::Malformed("the parameters of an RSA key are NULL (RFC 3279)"))
        }
        RSA => {
            let key = RsaPublicKeyRef::from_der(key)
                .map_err(|_| KeyError::Malformed("the DER holds no RSA public key"))?;
            PublicKey::from_rsa(key.modulus.as_bytes(), key.public_exponent.as_bytes())
        }
        _ => Err(KeyError::Unsupported("the key is neither Ed25519 nor RSA")),
    }
}
