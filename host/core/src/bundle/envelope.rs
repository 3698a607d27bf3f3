//! The deploy envelope: a flattened JWS in JSON (RFC 7515 §7.2.2) around a bundle. Never looks into the payload, and
//! never hands it out as an [`Envelope`] before the signature was verified.
//!
//! ```text
//! { "protected": base64url(header), "payload": base64url(bundle), "signature": base64url(signature) }
//! ```

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::keys::{Algorithm, PublicKey};
use super::{hex, sha256_hex};

mod header;

/// The only `typ` (RFC 7515 §4.1.9) that is accepted, compared to the letter.
pub const TYP: &str = "frontmcp-bundle+jws";
/// The largest number in a header, 2^53-1: what every JSON reader holds exactly.
pub const MAX_NUMBER: u64 = (1 << 53) - 1;
/// How long the protected header may be, in base64url characters.
pub const MAX_PROTECTED: usize = 4096;

/// What the signer says about a bundle; all of it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// What it is signed with.
    pub algorithm: Algorithm,
    /// The signer's key id: 1 to 128 characters, none of them a control character.
    pub kid: String,
    /// When it was signed, in seconds since the Unix epoch, at most [`MAX_NUMBER`].
    pub iat: u64,
    /// The nonce: 16 to 128 characters of `A-Za-z0-9_-`.
    pub jti: String,
    /// The place in the order of bundles: 1 to [`MAX_NUMBER`].
    pub seq: u64,
    /// Whether `seq` may go back.
    pub rollback: bool,
    /// When it ends to be acceptable, in seconds since the Unix epoch: above `iat`, at most [`MAX_NUMBER`].
    pub exp: Option<u64>,
}

/// As the protected header: canonical JSON (RFC 8785) if written without white space.
impl Serialize for Header {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        header::Written::from(self).serialize(serializer)
    }
}

/// Why bytes are no envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Malformed {
    /// Not JSON, or not an object.
    NotJson(String),
    /// Not exactly `protected`, `payload` and `signature` with strings.
    Members(String),
    /// A member is not base64url without padding (RFC 7515 §2). Names it.
    Base64(&'static str),
    /// The protected header has a member too many, too few, twice, or with a value that is not allowed.
    Header(String),
    /// The header's `typ` is not [`TYP`].
    Typ,
    /// The header's `alg` is neither `EdDSA` nor `RS256`.
    Algorithm,
}

impl fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(what) => write!(formatter, "the envelope is not a JSON object: {what}"),
            Self::Members(what) => {
                write!(
                    formatter,
                    "the envelope has to have protected, payload and signature, strings each: {what}"
                )
            }
            Self::Base64(member) => {
                write!(formatter, "{member} of the envelope is not base64url without padding")
            }
            Self::Header(what) => write!(formatter, "the protected header is not valid: {what}"),
            Self::Typ => write!(formatter, "typ of the protected header is not {TYP}"),
            Self::Algorithm => formatter.write_str("alg of the protected header is neither EdDSA nor RS256"),
        }
    }
}

impl std::error::Error for Malformed {}

/// Why an envelope is not the key's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The header names another algorithm than the key is for.
    Algorithm {
        /// The header's.
        header: Algorithm,
        /// The key's.
        key: Algorithm,
    },
    /// The signature is not the key's, or what was signed was changed.
    Signature,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm { header, key } => {
                write!(formatter, "the envelope says {header}, but the key with this kid is for {key}")
            }
            Self::Signature => formatter.write_str("the signature does not match"),
        }
    }
}

impl std::error::Error for Refused {}

/// A well-formed envelope that anybody may have written.
#[derive(Debug, Clone)]
pub struct Unverified {
    header: Header,
    signing_input: String,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// An envelope whose signature was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// What the signer says.
    pub header: Header,
    /// The bundle's bytes.
    pub payload: Vec<u8>,
    /// The envelope's identity, see [`Unverified::sha256`].
    pub sha256: String,
    /// SHA-256 of the payload, lower-case hex.
    pub payload_sha256: String,
}

/// Members as they stand; `Cow` borrows strings without escapes, so the payload is not copied here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Flattened<'a> {
    #[serde(borrow)]
    protected: Cow<'a, str>,
    #[serde(borrow)]
    payload: Cow<'a, str>,
    #[serde(borrow)]
    signature: Cow<'a, str>,
}

/// Reads an envelope. White space between tokens is allowed, anything else beside the three members is not.
///
/// # Errors
/// The first thing that is wrong; see [`Malformed`].
pub fn parse(bytes: &[u8]) -> Result<Unverified, Malformed> {
    let flattened: Flattened<'_> = object(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Malformed::Members(clip(&error.to_string())),
        _ => Malformed::NotJson(clip(&error.to_string())),
    })?;
    if flattened.protected.len() > MAX_PROTECTED {
        return Err(Malformed::Header(format!("it is longer than {MAX_PROTECTED} characters")));
    }
    let decode = |text: &str, member| BASE64URL.decode(text).map_err(|_| Malformed::Base64(member));
    let header = header::read(&decode(&flattened.protected, "protected")?)?;
    let payload = decode(&flattened.payload, "payload")?;
    let signature = decode(&flattened.signature, "signature")?;
    let signing_input = [&flattened.protected, ".", &flattened.payload].concat();
    Ok(Unverified { header, signing_input, payload, signature })
}

impl Unverified {
    /// What the signer is said to say; `kid` is for looking up the key.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The payload that nobody answers for yet: to be shown, never to be acted on.
    pub fn unverified_payload(&self) -> &[u8] {
        &self.payload
    }

    /// The identity of an envelope whatever white space surrounds it: SHA-256 of its compact serialization
    /// (RFC 7515 §7.1), lower-case hex.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(&self.signing_input);
        hash.update(".");
        hash.update(BASE64URL.encode(&self.signature));
        hex(&hash.finalize())
    }

    /// Verifies the signature (RFC 7515 §5.2) with the key that the caller trusts for this `kid`.
    ///
    /// # Errors
    /// The key is for another algorithm, or the signature does not match.
    pub fn verify(self, key: &PublicKey) -> Result<Envelope, Refused> {
        if key.algorithm() != self.header.algorithm {
            return Err(Refused::Algorithm { header: self.header.algorithm, key: key.algorithm() });
        }
        if !key.verify(self.signing_input.as_bytes(), &self.signature) {
            return Err(Refused::Signature);
        }
        Ok(self.trusted())
    }

    /// The envelope without another look at its signature: for one that was verified when it was stored, if its
    /// payload still has the digest that was noted then. Keys may have been rotated since.
    pub fn stored(self, payload_sha256: &str) -> Option<Envelope> {
        Some(self.trusted()).filter(|envelope| envelope.payload_sha256 == payload_sha256)
    }

    fn trusted(self) -> Envelope {
        let sha256 = self.sha256();
        let payload_sha256 = sha256_hex(&self.payload);
        Envelope { header: self.header, payload: self.payload, sha256, payload_sha256 }
    }
}

/// What a signer signs (RFC 7515 §5.1): the header as canonical JSON, and the payload, in base64url with a dot between.
pub fn signing_input(header: &Header, payload: &[u8]) -> String {
    let header = serde_json::to_vec(header).expect("a header is strings and integers");
    let mut text = BASE64URL.encode(header);
    text.push('.');
    BASE64URL.encode_string(payload, &mut text);
    text
}

/// The envelope of what was signed: one line of canonical JSON without a line feed.
///
/// # Panics
/// If `signing_input` is not from [`signing_input()`].
pub fn assemble(signing_input: &str, signature: &[u8]) -> Vec<u8> {
    let (protected, payload) = signing_input.split_once('.').expect("a signing input has a dot");
    let signature = BASE64URL.encode(signature);
    // base64url needs no escapes.
    format!(r#"{{"payload":"{payload}","protected":"{protected}","signature":"{signature}"}}"#).into_bytes()
}

/// Reads an object into a struct; derived structs would take an array too.
fn object<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> serde_json::Result<T> {
    let value: T = serde_json::from_slice(bytes)?;
    if bytes.trim_ascii_start().starts_with(b"{") {
        Ok(value)
    } else {
        Err(serde::de::Error::custom("an array instead of an object"))
    }
}

/// Errors of serde_json repeat what was sent, which may be long.
fn clip(message: &str) -> String {
    const MAX: usize = 200;
    if message.chars().nth(MAX).is_none() {
        return message.to_owned();
    }
    message.chars().take(MAX).chain(['…']).collect()
}

#[cfg(test)]
#[path = "envelope_tests.rs"]
mod tests;
