//! Signs checkpoints with a key that the shell keeps. Never shows it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use ed25519_dalek::{Signer as _, SigningKey};

use crate::bundle::keys::PublicKey;

/// An Ed25519 key made of its seed (RFC 8032 §5.1.5).
pub struct SeedSigner {
    key: SigningKey,
    key_id: String,
}

impl SeedSigner {
    /// The key of this seed, which must come from a secure source.
    pub fn new(seed: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(seed);
        let public = PublicKey::parse(&jwk(&key)).expect("a key of our own is well-formed");
        Self { key, key_id: public.thumbprint() }
    }

    /// The public half, as a JWK (RFC 8037).
    pub fn public_jwk(&self) -> String {
        jwk(&self.key)
    }

    pub(super) fn key_id(&self) -> &str {
        &self.key_id
    }

    pub(super) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.key.sign(bytes).to_bytes().to_vec()
    }
}

impl fmt::Debug for SeedSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SeedSigner").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

fn jwk(key: &SigningKey) -> String {
    let x = BASE64URL.encode(key.verifying_key().as_bytes());
    format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)
}
