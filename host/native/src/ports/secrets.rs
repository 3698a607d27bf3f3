//! Secret values: environment, a folder of files, `.dev.vars`. Never shows one, not even to a debugger's print.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use frontmcp_core::ports::Secrets;

/// Largest accepted secret file, in bytes.
const MAX_FILE: u64 = 64 << 10;

/// Where secrets are looked up whenever one is asked for, so that a rotated file counts from the next call on. The
/// core asks only for names that the live manifest declares.
pub struct SecretSource {
    environment: Box<Environment>,
    folder: Option<PathBuf>,
    dev_vars: BTreeMap<String, String>,
}

type Environment = dyn Fn(&str) -> Option<String> + Send + Sync;

impl SecretSource {
    /// A file in `folder` wins over `.dev.vars`, which wins over the environment; one line break at the end of a file is
    /// not part of the secret.
    ///
    /// # Errors
    /// A `.dev.vars` with a malformed line; a missing one is empty.
    pub fn new(
        environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
        folder: Option<PathBuf>,
        dev_vars: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let dev_vars = dev_vars.map(read_dev_vars).transpose()?.unwrap_or_default();
        Ok(Self { environment: Box::new(environment), folder, dev_vars })
    }

    /// The secret called `name`, if there is one.
    ///
    /// # Errors
    /// A file that exists and cannot be read, or a name that is none.
    pub fn look_up(&self, name: &str) -> anyhow::Result<Option<String>> {
        let from_file = self.folder.as_deref().map(|folder| read_file(folder, name)).transpose()?.flatten();
        Ok(from_file.or_else(|| self.dev_vars.get(name).cloned()).or_else(|| (self.environment)(name)))
    }
}

impl Secrets for SecretSource {
    fn get(&self, name: &str) -> Option<String> {
        self.look_up(name).unwrap_or_else(|error| {
            tracing::error!("{error:#}");
            None
        })
    }
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SecretSource").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// The file called `name` in `folder`, as Docker and Kubernetes mount secrets.
fn read_file(folder: &Path, name: &str) -> anyhow::Result<Option<String>> {
    if !is_plain(name) {
        bail!("`{name}` is no secret name");
    }
    let path = folder.join(name);
    let length = match fs::metadata(&path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("reading secret {name} from {}", folder.display()));
        }
    };
    if length > MAX_FILE {
        bail!("secret {name} in {} is larger than {MAX_FILE} bytes", folder.display());
    }
    let text = fs::read_to_string(&path)
        .with_context(|| format!("reading secret {name} from {}", folder.display()))?;
    Ok(Some(without_line_break(&text).to_owned()))
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn without_line_break(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

/// `NAME=value` lines; values may stand in single or double quotes. A missing file is an empty one.
fn read_dev_vars(path: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    };
    let mut values = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let pair = line.strip_prefix("export ").unwrap_or(line).split_once('=');
        let Some((name, value)) =
            pair.map(|(name, value)| (name.trim(), value.trim())).filter(|(name, _)| is_plain(name))
        else {
            // The line is not quoted: it may hold a secret.
            bail!("{}:{}: expected NAME=value", path.display(), number + 1);
        };
        values.insert(name.to_owned(), unquoted(value).to_owned());
    }
    Ok(values)
}

fn unquoted(value: &str) -> &str {
    let within = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(
        environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
        folder: Option<&Path>,
        dev_vars: Option<&Path>,
    ) -> anyhow::Result<SecretSource> {
        SecretSource::new(environment, folder.map(Path::to_owned), dev_vars)
    }

    #[test]
    fn files_win_over_dev_vars_and_those_over_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("A"), "from file\r\n").unwrap();
        fs::write(folder.path().join("LINES"), "one\n\n").unwrap();
        let dev_vars = folder.path().join(".dev.vars");
        fs::write(&dev_vars, "# comment\n\nA=no\nexport B = \"from = vars\"\nQ='x'\n").unwrap();
        let environment = |name: &str| (name != "MISSING").then(|| format!("env {name}"));
        let secrets = source(environment, Some(folder.path()), Some(&dev_vars)).unwrap();
        let got = ["A", "B", "C", "LINES", "MISSING"].map(|name| secrets.get(name));
        let expected = [Some("from file"), Some("from = vars"), Some("env C"), Some("one\n"), None];
        assert_eq!(got, expected.map(|value| value.map(str::to_owned)));
    }

    #[test]
    fn a_rotated_file_counts_from_the_next_look_on() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = source(|_| None, Some(folder.path()), None).unwrap();
        assert_eq!(secrets.get("KEY"), None);
        for value in ["old", "new"] {
            fs::write(folder.path().join("KEY"), value).unwrap();
            assert_eq!(secrets.get("KEY").as_deref(), Some(value));
        }
    }

    #[test]
    fn values_are_never_shown() {
        let secrets = source(|_| Some("hunter2".to_owned()), None, None).unwrap();
        assert!(!format!("{secrets:?}").contains("hunter2"));
        let folder = tempfile::tempdir().unwrap();
        let dev_vars = folder.path().join(".dev.vars");
        fs::write(&dev_vars, "TOKEN=x\nhunter2\n").unwrap();
        let error = source(|_| None, None, Some(&dev_vars)).unwrap_err();
        let text = format!("{error:#}");
        assert!(text.contains(":2: expected NAME=value") && !text.contains("hunter2"), "{text}");
    }

    #[test]
    fn a_name_cannot_leave_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = source(|_| None, Some(folder.path()), None).unwrap();
        assert!(secrets.look_up("../A").is_err());
        assert_eq!(secrets.get("../A"), None);
    }
}
