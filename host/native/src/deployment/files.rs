//! Files below the folders a deployment may read. Never follows a link out of them, never names a host path.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The manifest's folder, and the folders of descriptions and skills it names elsewhere.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    base: PathBuf,
    allowed: Vec<PathBuf>,
}

impl Tree {
    pub(super) fn new(folder: &Path) -> Result<Self, String> {
        let base = folder.canonicalize().map_err(|error| reason(&error))?;
        Ok(Self { allowed: vec![base.clone()], base })
    }

    /// The same tree, in which everything below the folder of `file` may be read too.
    pub(super) fn with_folder_of(&self, file: &str) -> Self {
        let mut wider = self.clone();
        let folder =
            self.base.join(file).canonicalize().ok().and_then(|path| path.parent().map(Path::to_owned));
        wider.allowed.extend(folder);
        wider
    }

    /// The same tree, in which only what is below `folder` may be read.
    pub(super) fn only(&self, folder: &str) -> Result<Self, String> {
        let folder = self.base.join(folder).canonicalize().map_err(|error| reason(&error))?;
        Ok(Self { base: folder.clone(), allowed: vec![folder] })
    }

    /// The real path of `name`, relative to the base, if it lies inside.
    pub(super) fn locate(&self, name: &str) -> Result<PathBuf, String> {
        let path = self.base.join(name).canonicalize().map_err(|error| reason(&error))?;
        if self.allowed.iter().any(|folder| path.starts_with(folder)) {
            Ok(path)
        } else {
            Err("it lies outside the folders that this deployment may read".to_owned())
        }
    }

    /// The bytes of a regular file of at most `limit` bytes.
    pub(super) fn read(&self, name: &str, limit: usize) -> Result<Vec<u8>, String> {
        let path = self.locate(name)?;
        if !path.is_file() {
            return Err("it is not a file".to_owned());
        }
        let file = fs::File::open(&path).map_err(|error| reason(&error))?;
        let mut bytes = Vec::new();
        let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        file.take(most).read_to_end(&mut bytes).map_err(|error| reason(&error))?;
        if bytes.len() > limit { Err(format!("it is larger than {limit} bytes")) } else { Ok(bytes) }
    }

    /// The names in a folder, sorted, without dotfiles.
    pub(super) fn list(&self, folder: &str) -> Result<Vec<String>, String> {
        let entries = fs::read_dir(self.locate(folder)?).map_err(|error| reason(&error))?;
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(|error| reason(&error))?.file_name();
            match name.into_string() {
                Ok(name) if name.starts_with('.') => {}
                Ok(name) => names.push(name),
                Err(name) => return Err(format!("the name {} is not UTF-8", name.display())),
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

/// What went wrong, in words that name no path.
fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::NotADirectory => "it is not a folder".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        kind => kind.to_string(),
    }
}

/// A path as the author knows it: without `./` in front and without `/` at the end.
pub(super) fn tidy(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let root = if path.starts_with('/') { "/" } else { "" };
    match parts.as_slice() {
        [] if root.is_empty() => ".".to_owned(),
        parts => format!("{root}{}", parts.join("/")),
    }
}
