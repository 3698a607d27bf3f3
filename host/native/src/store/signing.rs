//! The key that checkpoints of the audit log are signed with: made at the first start, kept beside the data. Never
//! overwritten, and never shown.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context as _, bail};
use frontmcp_core::bundle::keys::Algorithm;

use crate::files;
use crate::keys::PrivateKey;

/// The private key's file in the data folder: PKCS#8 PEM, mode 0600.
pub(super) const KEY: &str = "audit-key.pem";
/// The public key's file beside it, for auditors.
pub const PUBLIC: &str = "audit-public.pem";

/// Reads the key; makes one if there is none.
pub(super) fn key(folder: &Path) -> anyhow::Result<PrivateKey> {
    let file = folder.join(KEY);
    let place = file.display();
    let key = match fs::read_to_string(&file) {
        Ok(text) => PrivateKey::read(&text).with_context(|| format!("reading {place}"))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = PrivateKey::generate(Algorithm::EdDsa);
            files::create_private(&file, key.to_pem().as_bytes())
                .with_context(|| format!("writing {place}"))?;
            key
        }
        Err(error) => return Err(error).with_context(|| format!("reading {place}")),
    };
    if key.algorithm() != Algorithm::EdDsa {
        bail!("{place} is no Ed25519 key");
    }
    let (public, pem) = (folder.join(PUBLIC), key.public().to_pem());
    if fs::read_to_string(&public).ok().as_deref() != Some(pem.as_str()) {
        files::replace(&public, pem.as_bytes()).with_context(|| format!("writing {}", public.display()))?;
    }
    Ok(key)
}

/// A key that is gone with the process, for storage that is too.
pub(super) fn passing_key() -> PrivateKey {
    PrivateKey::generate(Algorithm::EdDsa)
}
