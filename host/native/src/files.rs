//! Files that are there whole or not at all. Never leaves half of one under its name.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Writes a file, over one that is there.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let scratch = scratch(path, bytes, 0o666)?;
    fs::rename(&scratch, path).inspect_err(|_| _ = fs::remove_file(&scratch))
}

/// Writes a file that only its owner can read. One that is there already is an error of the kind `AlreadyExists`.
pub(crate) fn create_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let scratch = scratch(path, bytes, 0o600)?;
    // Unlike renaming, linking fails if the name is taken. Some file systems have no links.
    let named = match fs::hard_link(&scratch, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists && path.symlink_metadata().is_err() => {
            fs::rename(&scratch, path)
        }
        linked => linked,
    };
    let _ = fs::remove_file(&scratch);
    named
}

/// The bytes on disk, beside `path` under another name.
fn scratch(path: &Path, bytes: &[u8], mode: u32) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let number = getrandom::u64().map_err(io::Error::other)?;
    let scratch = path.with_file_name(format!(".{}.{number:016x}", name.to_string_lossy()));
    let written =
        OpenOptions::new().write(true).create_new(true).mode(mode).open(&scratch).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
    match written {
        Ok(()) => Ok(scratch),
        Err(error) => {
            let _ = fs::remove_file(&scratch);
            Err(error)
        }
    }
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
