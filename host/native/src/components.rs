//! Where the components are that come with the program. Never runs one.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// A component that comes with the program.
pub(crate) struct Component {
    file: &'static str,
    /// What it is, in words.
    what: &'static str,
    /// The flag that names another file.
    flag: &'static str,
}

/// Runs scripts.
pub(crate) const SANDBOX: Component =
    Component { file: "agentscript.wasm", what: "sandbox", flag: "--sandbox" };
/// Knows Cloudflare.
pub(crate) const ADAPTER: Component =
    Component { file: "cloudflare.wasm", what: "Cloudflare adapter", flag: "--adapter" };

impl Component {
    /// The bytes, and the file they came from: the one given, or where packages and builds put it.
    ///
    /// # Errors
    /// It is nowhere, or cannot be read.
    pub(crate) fn read(&self, given: Option<&Path>) -> anyhow::Result<(PathBuf, Vec<u8>)> {
        let file = given.map_or_else(|| self.beside_the_program(), |file| Ok(file.to_owned()))?;
        let wasm =
            fs::read(&file).with_context(|| format!("reading the {} {}", self.what, file.display()))?;
        Ok((file, wasm))
    }

    /// Seen from the program: beside it, in a build, in an installed package.
    fn beside_the_program(&self) -> anyhow::Result<PathBuf> {
        const FOLDERS: [&str; 3] = ["", "../guests", "../share/frontmcp-host"];
        let program = std::env::current_exe()?;
        let folder = program.parent().unwrap_or(Path::new("/"));
        let places = FOLDERS.map(|place| folder.join(place).join(self.file));
        places.iter().find(|file| file.is_file()).cloned().with_context(|| {
            let places = places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", ");
            let Self { what, flag, .. } = self;
            format!("the {what} component is at none of {places}; build it with `cargo xtask guests` or give {flag} FILE")
        })
    }
}
