//! An envelope and the artifacts that travel beside it, in memory or as files. Verifies digests, never signatures.
//!
//! ```text
//! FILE                 the envelope, plain or gzip
//! FILE.blobs/<sha256>  artifacts above 256 KiB
//! ```

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use bytes::Bytes;
use frontmcp_core::bundle::envelope::{self, Unverified};
use frontmcp_core::bundle::packing::{self, Coding};
use frontmcp_core::bundle::{is_sha256_hex, sha256_hex};

use crate::files;

/// Largest envelope that is read, in bytes, unpacked.
const MAX_ENVELOPE: usize = 256 << 20;

/// Where artifacts come from.
pub(super) enum Blobs {
    Memory(BTreeMap<String, Bytes>),
    Folder(PathBuf),
}

impl Blobs {
    /// The artifact of this digest.
    ///
    /// # Errors
    /// It is not here, or damaged.
    pub(super) fn get(&self, sha256: &str) -> anyhow::Result<Bytes> {
        match self {
            Self::Memory(blobs) => blobs
                .get(sha256)
                .cloned()
                .with_context(|| format!("no artifact of the bundle has the digest {sha256}")),
            Self::Folder(folder) => {
                if !is_sha256_hex(sha256) {
                    bail!("{sha256:?} is no digest");
                }
                let file = folder.join(sha256);
                let bytes =
                    fs::read(&file).with_context(|| format!("reading the artifact {}", file.display()))?;
                if sha256_hex(&bytes) != sha256 {
                    bail!("{} is damaged: it has another digest than its name", file.display());
                }
                Ok(bytes.into())
            }
        }
    }
}

/// An envelope from a file.
pub(super) struct Read {
    /// Unpacked.
    pub(super) bytes: Vec<u8>,
    /// What it says, which nobody answers for yet.
    pub(super) envelope: Unverified,
}

/// Reads an envelope, plain or gzip.
///
/// # Errors
/// The file cannot be read, or is no envelope.
pub(super) fn read(file: &Path) -> anyhow::Result<Read> {
    let bytes = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let coding = if bytes.starts_with(&[0x1f, 0x8b]) { Coding::Gzip } else { Coding::Identity };
    let bytes = packing::unpack(coding, &bytes, MAX_ENVELOPE)
        .with_context(|| format!("unpacking {}", file.display()))?
        .into_owned();
    let envelope = envelope::parse(&bytes).with_context(|| format!("{} is no bundle", file.display()))?;
    Ok(Read { bytes, envelope })
}

/// The folder beside an envelope.
pub(super) fn folder(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".blobs");
    name.into()
}

/// Writes an envelope and its artifacts. Those of an earlier one under the same name go.
pub(super) fn write(file: &Path, envelope: &[u8], blobs: &BTreeMap<String, Bytes>) -> anyhow::Result<()> {
    let folder = folder(file);
    if !blobs.is_empty() {
        fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    }
    for (sha256, bytes) in blobs {
        let blob = folder.join(sha256);
        files::replace(&blob, bytes).with_context(|| format!("writing {}", blob.display()))?;
    }
    // Last, so that an envelope never names what is not there.
    files::replace(file, envelope).with_context(|| format!("writing {}", file.display()))?;
    tidy(&folder, blobs)
        .with_context(|| format!("removing what an earlier build left in {}", folder.display()))
}

/// Removes artifacts that nobody names; what is no artifact stays.
fn tidy(folder: &Path, blobs: &BTreeMap<String, Bytes>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(|name| is_sha256_hex(name) && !blobs.contains_key(name)) {
            fs::remove_file(entry.path())?;
        }
    }
    match fs::remove_dir(folder) {
        Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
#[path = "parcel_tests.rs"]
mod tests;
