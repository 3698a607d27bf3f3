//! Private keys that bundles are signed with: made, read, written, used. Never shows one: neither an error nor
//! `Debug` says anything about key material.

use std::fmt;

use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use ed25519_dalek::pkcs8::KeypairBytes;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::{Signer as _, SigningKey};
use frontmcp_core::bundle::keys::{Algorithm, MAX_RSA_BITS, MIN_RSA_BITS, PublicKey};
use getrandom::SysRng;
use rsa::Pkcs1v15Sign;
use rsa::pkcs8::EncodePublicKey as _;
use rsa::pkcs8::der::zeroize::Zeroizing;
use sha2::{Digest as _, Sha256};

mod jwk;
mod pem;

/// Bits of a new RSA modulus: as strong as Ed25519 is said to be (NIST SP 800-57, 128 bits of security).
const RSA_BITS: usize = 3072;

const UNUSABLE_RSA: KeyError = KeyError(
    "the RSA key is not accepted: its modulus must have 2048 to 4096 bits and its exponent be 65537 or more",
);

/// Why a text is no usable private key. Says nothing about what was in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyError(&'static str);

impl fmt::Display for KeyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl std::error::Error for KeyError {}

/// A key that bundles are signed with. Its memory is wiped when it goes.
pub struct PrivateKey {
    kind: Kind,
    public: PublicKey,
}

enum Kind {
    Ed25519(Box<SigningKey>),
    Rsa(Box<rsa::PrivateKey>),
}

impl PrivateKey {
    /// A new key: Ed25519, or RSA with 3072 bits.
    pub fn generate(algorithm: Algorithm) -> Self {
        let made = match algorithm {
            Algorithm::EdDsa => {
                let mut secret = Zeroizing::new([0; 32]);
                getrandom::fill(secret.as_mut_slice()).expect("the operating system supplies randomness");
                Self::ed25519(SigningKey::from_bytes(&secret))
            }
            Algorithm::Rs256 => {
                let key = rsa::PrivateKey::new(&mut SysRng, RSA_BITS);
                Self::rsa(key.expect("the operating system supplies randomness"))
            }
        };
        made.expect("a new key is a good one")
    }

    /// Reads a PEM block `PRIVATE KEY` (PKCS#8, RFC 5958) or one private JWK (RFC 7517, RFC 8037 §2).
    ///
    /// White space around it and, in PEM, `\n` written as two characters are tolerated, since environment variables
    /// carry keys like that.
    ///
    /// # Errors
    /// Encrypted keys, public and symmetric ones, other kinds of key, and those that nobody could verify with: see
    /// [`PublicKey::parse`].
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        match text.chars().next() {
            None => Err(KeyError("there is nothing in it")),
            Some('{') => jwk::read(text),
            Some(_) => pem::read(text),
        }
    }

    fn ed25519(key: SigningKey) -> Result<Self, KeyError> {
        let public = PublicKey::from_ed25519(key.verifying_key().as_bytes())
            .map_err(|_| KeyError("the Ed25519 key is weak"))?;
        Ok(Self { kind: Kind::Ed25519(Box::new(key)), public })
    }

    fn rsa(key: rsa::PrivateKey) -> Result<Self, KeyError> {
        let der = key.as_public_key().to_public_key_der().map_err(|_| UNUSABLE_RSA)?;
        let public = PublicKey::from_rsa_spki_der(der.as_bytes()).map_err(|_| UNUSABLE_RSA)?;
        Ok(Self { kind: Kind::Rsa(Box::new(key)), public })
    }

    /// Refuses a modulus by its length before anything is computed with it; `PublicKey` has the last word.
    fn check_modulus(big_endian: &[u8]) -> Result<(), KeyError> {
        let zeros = big_endian.iter().take_while(|byte| **byte == 0).count();
        let bytes = MIN_RSA_BITS / 8..=MAX_RSA_BITS / 8;
        if bytes.contains(&(big_endian.len() - zeros)) { Ok(()) } else { Err(UNUSABLE_RSA) }
    }

    /// What this key signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    /// The key that verifies what this one signs.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The signature of `message`: Ed25519 (RFC 8032), or RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2), blinded.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.kind {
            Kind::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
            Kind::Rsa(key) => key
                .sign_with_rng(&mut SysRng, Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message))
                .expect("a checked key of 2048 bits or more signs a digest"),
        }
    }

    /// PEM with the label `PRIVATE KEY` (RFC 5958), ending with a line feed.
    pub fn to_pem(&self) -> Zeroizing<String> {
        match &self.kind {
            // Without the public half: with it the version is 2, which OpenSSL does not read everywhere.
            Kind::Ed25519(key) => {
                let secret = Zeroizing::new(key.to_bytes());
                KeypairBytes { secret_key: *secret, public_key: None }.to_pkcs8_pem(LineEnding::LF)
            }
            Kind::Rsa(key) => key.to_pkcs8_pem(LineEnding::LF),
        }
        .expect("a sound key can be written")
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PrivateKey(…)")
    }
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
