//! Public keys and what they verify: Ed25519 (RFC 8032) and RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2).
//! Never holds or reads a private key, and never repeats key text in an error.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use ed25519_dalek::pkcs8::EncodePublicKey as _;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::{Signature, VerifyingKey};
use rsa::BoxedUint;
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};
use sha2::Sha256;

mod jwk;
mod pem;

/// The smallest RSA modulus that is accepted, in bits.
pub const MIN_RSA_BITS: usize = 2048;
/// The largest RSA modulus that is accepted, in bits.
pub const MAX_RSA_BITS: usize = 4096;

/// What an envelope may be signed with (RFC 7518 §3.3, RFC 8037 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519.
    EdDsa,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// The JOSE name: `EdDSA` or `RS256`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
        }
    }

    /// The algorithm of a JOSE name, in exactly this spelling.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::EdDsa, Self::Rs256].into_iter().find(|algorithm| algorithm.as_str() == name)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Why a text or bytes are no usable public key. Says nothing about what was in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyError {
    /// It holds a private or symmetric key, which has no business here.
    Private,
    /// It is not what it should be.
    Malformed(&'static str),
    /// A key that is well-formed and of a kind that is not verified with.
    Unsupported(&'static str),
    /// A key that gives no security.
    Weak(&'static str),
}

impl fmt::Display for KeyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Private => formatter.write_str(
                "this is a private or symmetric key; give the public key, and treat the other as leaked if it was stored here",
            ),
            Self::Malformed(what) => write!(formatter, "not a public key: {what}"),
            Self::Unsupported(what) => write!(formatter, "not a supported public key: {what}"),
            Self::Weak(what) => write!(formatter, "not a safe public key: {what}"),
        }
    }
}

impl std::error::Error for KeyError {}

/// A key that signatures are verified with.
#[derive(Clone)]
pub struct PublicKey(Kind);

#[derive(Clone)]
enum Kind {
    Ed25519(VerifyingKey),
    Rsa(rsa::PublicKey),
}

impl PublicKey {
    /// Reads a PEM block `PUBLIC KEY` (RFC 7468 §13) or one JWK (RFC 7517 §4, RFC 8037 §2).
    ///
    /// White space around it and, in PEM, `\n` written as two characters are tolerated, since environment variables
    /// carry keys like that.
    ///
    /// # Errors
    /// Private and symmetric keys, other kinds of key, RSA outside [`MIN_RSA_BITS`] to [`MAX_RSA_BITS`], with an
    /// exponent that is even or outside 65537 to 2^32-1, or with the ROCA weakness, Ed25519 points that are not
    /// canonical or not in the group of prime order, and a JWK whose `alg`, `use` or `key_ops` says that it is for
    /// something else.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.starts_with('{') { jwk::read(text) } else { pem::read(text) }
    }

    /// The Ed25519 key of these 32 bytes (RFC 8032 §5.1.5).
    ///
    /// # Errors
    /// Bytes that are no point, not its canonical spelling, or a point outside the group of prime order.
    pub fn from_ed25519(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(bytes)
            .map_err(|_| KeyError::Malformed("the Ed25519 key is not a point of the curve"))?;
        let point = key.to_edwards();
        if point.compress().as_bytes() != bytes {
            return Err(KeyError::Malformed("the Ed25519 key is not in its canonical spelling"));
        }
        if key.is_weak() || !point.is_torsion_free() {
            return Err(KeyError::Weak("the Ed25519 key is not in the group of prime order"));
        }
        Ok(Self(Kind::Ed25519(key)))
    }

    /// The RSA key of a DER-encoded `SubjectPublicKeyInfo` (RFC 8017 appendix A.1, RFC 3279 §2.3.1).
    ///
    /// # Errors
    /// As [`PublicKey::parse`]; trailing bytes and keys restricted to RSASSA-PSS are refused too.
    pub fn from_rsa_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        match pem::read_spki(der)? {
            key @ Self(Kind::Rsa(_)) => Ok(key),
            Self(Kind::Ed25519(_)) => Err(KeyError::Unsupported("an RSA key is wanted, this is Ed25519")),
        }
    }

    /// An RSA key of big-endian numbers without leading zeros.
    fn from_rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        const EXPONENTS: std::ops::RangeInclusive<u64> = 65_537..=0xFFFF_FFFF;
        let exponent = match exponent.len() {
            0..=8 => exponent.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)),
            _ => u64::MAX,
        };
        if exponent.is_multiple_of(2) || !EXPONENTS.contains(&exponent) {
            return Err(KeyError::Weak("the RSA exponent is even or outside 65537 to 2^32-1"));
        }
        if modulus.len() > MAX_RSA_BITS / 8 {
            return Err(KeyError::Unsupported("the RSA modulus is longer than 4096 bits"));
        }
        if has_roca_shape(modulus) {
            return Err(KeyError::Weak("the RSA key can be factored (CVE-2017-15361, ROCA)"));
        }
        let modulus = BoxedUint::from_be_slice_vartime(modulus);
        let bits = MIN_RSA_BITS..=MAX_RSA_BITS;
        rsa::PublicKey::new_with_size_limits(modulus, BoxedUint::from(exponent), bits)
            .map(|key| Self(Kind::Rsa(key)))
            .map_err(|error| match error {
                rsa::Error::ModulusTooSmall => KeyError::Weak("the RSA modulus is shorter than 2048 bits"),
                _ => KeyError::Malformed("the RSA modulus is even"),
            })
    }

    /// What this key verifies.
    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            Kind::Ed25519(_) => Algorithm::EdDsa,
            Kind::Rsa(_) => Algorithm::Rs256,
        }
    }

    /// Whether `signature` is this key's for `message`.
    ///
    /// Ed25519 is verified strictly: `S` must be reduced, `R` canonical and not of small order, and the equation holds
    /// without the cofactor, so that a signature cannot be changed into another valid one. An RSA signature has
    /// exactly the length of the modulus.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Kind::Ed25519(key) => Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
            Kind::Rsa(key) => {
                signature.len() == key.size() && key.pkcs1v15_verify::<Sha256>(message, signature).is_ok()
            }
        }
    }

    /// The JWK thumbprint (RFC 7638 §3): base64url of SHA-256 over the required members.
    pub fn thumbprint(&self) -> String {
        use sha2::Digest as _;
        let members = super::canonical::to_vec(&self.members()).expect("a JWK is strings");
        BASE64URL.encode(Sha256::digest(members))
    }

    /// PEM with the label `PUBLIC KEY` (RFC 7468 §13), ending with a line feed.
    pub fn to_pem(&self) -> String {
        match &self.0 {
            Kind::Ed25519(key) => key.to_public_key_pem(LineEnding::LF),
            Kind::Rsa(key) => key.to_public_key_pem(LineEnding::LF),
        }
        .expect("a key that was read can be written")
    }

    /// A JWK (RFC 7517 §4, RFC 8037 §2) for verifying, without `kid`.
    pub fn to_jwk(&self) -> Value {
        let mut jwk = self.members();
        jwk["alg"] = self.algorithm().as_str().into();
        jwk["use"] = "sig".into();
        jwk
    }

    /// The members of a JWK that say which key it is.
    fn members(&self) -> Value {
        match &self.0 {
            Kind::Ed25519(key) => {
                json!({ "crv": "Ed25519", "kty": "OKP", "x": BASE64URL.encode(key.as_bytes()) })
            }
            Kind::Rsa(key) => json!({
                "e": BASE64URL.encode(key.e().to_be_bytes_trimmed_vartime()),
                "kty": "RSA",
                "n": BASE64URL.encode(key.n().to_be_bytes_trimmed_vartime()),
            }),
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({} {})", self.algorithm(), self.thumbprint())
    }
}

/// Whether a modulus is one that Infineon's library made from primes of a known form (CVE-2017-15361): security keys
/// and smart cards from before 2017 still sign with such. By chance, one modulus in 2^29 looks like it.
fn has_roca_shape(modulus: &[u8]) -> bool {
    const PRIMES: [u32; 20] =
        [3, 5, 7, 11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];
    PRIMES.iter().all(|prime| {
        let rest = modulus.iter().fold(0, |rest, byte| (rest << 8 | u32::from(*byte)) % prime);
        let mut power = 1;
        (0..*prime).any(|_| {
            power = power * 65_537 % prime;
            power == rest
        })
    })
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
