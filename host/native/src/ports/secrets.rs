//! Secret values: environment, a folder of files, `.dev.vars`. Never shows one, not even to a debugger's print.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context as _, bail};
use frontmcp_core::ports::Secrets;

/// Largest accepted secret file, in bytes.
const MAX_FILE: u64 = 64 << 10;

/// Secrets read once, at start.
#[derive(Default)]
pub struct SecretMap {
    values: BTreeMap<String, String>,
}

impl SecretMap {
    /// Takes the secrets called `names`. A file in `folder` wins over `.dev.vars`, which wins over the environment;
    /// one line break at the end of a file is not part of the secret.
    ///
    /// # Errors
    /// A file that exists and cannot be read, or a `.dev.vars` with a malformed line. Missing secrets are no error here.
    pub fn read(
        names: &[String],
        environment: impl Fn(&str) -> Option<String>,
        folder: Option<&Path>,
        dev_vars: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let from_file = match dev_vars {
            Some(path) => read_dev_vars(path)?,
            None => BTreeMap::new(),
        };
        let mut values = BTreeMap::new();
        for name in names {
            let value = match folder {
                Some(folder) => read_file(folder, name)?,
                None => None,
            };
            let value = value.or_else(|| from_file.get(name).cloned()).or_else(|| environment(name));
            values.extend(value.map(|value| (name.clone(), value)));
        }
        Ok(Self { values })
    }
}

impl Secrets for SecretMap {
    fn get(&self, name: &str) -> Option<String> {
        self.values.get(name).cloned()
    }
}

impl fmt::Debug for SecretMap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.values.keys()).finish()
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

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn files_win_over_dev_vars_and_those_over_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("A"), "from file\r\n").unwrap();
        fs::write(folder.path().join("LINES"), "one\n\n").unwrap();
        let dev_vars = folder.path().join(".dev.vars");
        fs::write(&dev_vars, "# comment\n\nA=no\nexport B = \"from = vars\"\nQ='x'\n").unwrap();
        let wanted = names(&["A", "B", "C", "LINES", "MISSING"]);
        let environment = |name: &str| (name != "MISSING").then(|| format!("env {name}"));
        let secrets = SecretMap::read(&wanted, environment, Some(folder.path()), Some(&dev_vars)).unwrap();
        let got: Vec<Option<String>> = wanted.iter().map(|name| secrets.get(name)).collect();
        let expected = [Some("from file"), Some("from = vars"), Some("env C"), Some("one\n"), None];
        assert_eq!(got, expected.map(|value| value.map(str::to_owned)));
        assert_eq!(secrets.get("Q"), None, "only declared names are taken");
    }

    #[test]
    fn values_are_never_shown() {
        let secrets =
            SecretMap::read(&names(&["TOKEN"]), |_| Some("hunter2".to_owned()), None, None).unwrap();
        assert_eq!(format!("{secrets:?}"), r#"{"TOKEN"}"#);
        let folder = tempfile::tempdir().unwrap();
        let dev_vars = folder.path().join(".dev.vars");
        fs::write(&dev_vars, "TOKEN=x\nhunter2\n").unwrap();
        let error = SecretMap::read(&names(&["TOKEN"]), |_| None, None, Some(&dev_vars)).unwrap_err();
        let text = format!("{error:#}");
        assert!(text.contains(":2: expected NAME=value") && !text.contains("hunter2"), "{text}");
    }

    #[test]
    fn a_name_cannot_leave_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert!(SecretMap::read(&names(&["../A"]), |_| None, Some(folder.path()), None).is_err());
    }
}
