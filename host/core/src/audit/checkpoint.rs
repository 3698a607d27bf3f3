//! Checkpoints: what is signed, and whether it was. Never signs: it has no key.
//!
//! ```text
//! signed:  {"hash":…,"keyId":…,"sequence":…,"timestamp":…,"type":"frontmcp-audit-checkpoint"}   RFC 8785
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use serde::Serialize;

use super::rfc3339;
use crate::bundle::canonical;
use crate::bundle::keys::PublicKey;
use crate::ports::audit::{Checkpoint, Head};

/// Keeps a checkpoint's signature from being taken for that of anything else.
const TYPE: &str = "frontmcp-audit-checkpoint";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Statement<'a> {
    hash: &'a str,
    key_id: &'a str,
    sequence: u64,
    timestamp: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
}

impl Checkpoint {
    /// The statement that the log ends at `head`, signed by whoever `sign` asks; `key_id` is the thumbprint of their key.
    pub fn make(head: &Head, at_ms: u64, key_id: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Self {
        let mut checkpoint = Self {
            hash: head.hash.clone(),
            key_id: key_id.to_owned(),
            sequence: head.sequence,
            signature: String::new(),
            timestamp: rfc3339(at_ms),
        };
        checkpoint.signature = BASE64URL.encode(sign(&checkpoint.signed()));
        checkpoint
    }

    /// Whether it was signed with this key.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.key_id == key.thumbprint()
            && BASE64URL.decode(&self.signature).is_ok_and(|signature| key.verify(&self.signed(), &signature))
    }

    /// Where the log ended.
    pub fn head(&self) -> Head {
        Head { sequence: self.sequence, hash: self.hash.clone() }
    }

    fn signed(&self) -> Vec<u8> {
        let statement = Statement {
            hash: &self.hash,
            key_id: &self.key_id,
            sequence: self.sequence,
            timestamp: &self.timestamp,
            kind: TYPE,
        };
        // A number beyond 2^53 was never signed: nothing verifies for the empty text either.
        canonical::to_vec(&statement).unwrap_or_default()
    }
}
