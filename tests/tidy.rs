//! What the compiler does not enforce: floors of the core, module docs, file sizes. Links no host.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The core's modules, lowest floor first. A file may use only modules of lines above its own, and its own.
/// One list, so that there are no circles by construction.
const FLOORS: &[&str] = &[
    "reject",
    "findings",
    "json",
    "ports",
    "settings",
    "openapi",
    "skill",
    "manifest",
    "bundle",
    "auth",
    "audit",
    "adapter",
    "script",
    "upstream",
    "mcp",
    "registry",
    "resource",
    "codecall",
    "transport",
    "flow",
    "host",
];

const MAX_FILE_LINES: usize = 500;

#[test]
fn the_core_uses_only_floors_below() {
    let root = repository().join("host/core/src");
    let mut offences = Vec::new();
    for file in rust_files(&root) {
        let module = module_of(&root, &file);
        if module == "lib" {
            continue;
        }
        let Some(floor) = FLOORS.iter().position(|name| *name == module) else {
            offences.push(format!("{}: module `{module}` has no floor; add it to FLOORS", file.display()));
            continue;
        };
        for (number, line) in without_tests(&read(&file)).lines().enumerate() {
            for used in used_modules(line) {
                match FLOORS.iter().position(|name| *name == used) {
                    Some(other) if other > floor => offences.push(format!(
                        "{}:{}: `{module}` must not use `{used}`, which stands above it",
                        file.display(),
                        number + 1
                    )),
                    _ => {}
                }
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn every_file_says_what_it_does() {
    let offences: Vec<String> = all_sources()
        .into_iter()
        .filter(|file| !read(file).trim_start().starts_with("//!"))
        .map(|file| format!("{}: does not open with a `//!` line", file.display()))
        .collect();
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn no_file_is_longer_than_500_lines_without_its_tests() {
    let offences: Vec<String> = all_sources()
        .into_iter()
        .filter(|file| !is_test_file(file))
        .filter_map(|file| {
            let lines = without_tests(&read(&file)).lines().count();
            (lines > MAX_FILE_LINES).then(|| format!("{}: {lines} lines", file.display()))
        })
        .collect();
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn nothing_unwraps_or_is_left_to_do_outside_tests() {
    const BANNED: &[&str] = &[".unwrap()", "todo!(", "unimplemented!(", "dbg!("];
    let mut offences = Vec::new();
    for file in shipped_sources() {
        for (number, line) in without_tests(&read(&file)).lines().enumerate() {
            let code = line.split("//").next().unwrap_or(line);
            for banned in BANNED {
                if code.contains(banned) {
                    offences.push(format!("{}:{}: `{banned}`", file.display(), number + 1));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn the_core_is_the_same_on_every_target() {
    let mut offences = Vec::new();
    for file in rust_files(&repository().join("host/core/src")) {
        for (number, line) in read(&file).lines().enumerate() {
            let line = line.trim();
            let conditional =
                line.starts_with("#[cfg(") || line.starts_with("#![cfg(") || line.contains("cfg!(");
            if conditional && !line.starts_with("#[cfg(test)]") {
                offences.push(format!("{}:{}: {line}", file.display(), number + 1));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn links_between_documents_lead_somewhere() {
    let root = repository();
    let mut offences = Vec::new();
    for file in markdown_files(&root) {
        let text = read(&file);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap_or_default();
            let external = path.is_empty() || path.contains("://") || path.starts_with("mailto:");
            if !external && !file.parent().unwrap_or(&root).join(path).exists() {
                offences.push(format!("{}: broken link `{target}`", file.display()));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the repository").to_owned()
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn all_sources() -> Vec<PathBuf> {
    let root = repository();
    ["host", "tests", "xtask", "guests"].iter().flat_map(|folder| rust_files(&root.join(folder))).collect()
}

fn shipped_sources() -> Vec<PathBuf> {
    let root = repository();
    let folders = ["host", "xtask", "guests", "tests/example-api"];
    folders
        .iter()
        .flat_map(|folder| rust_files(&root.join(folder)))
        .filter(|file| !is_test_file(file))
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files(folder, "rs")
}

fn markdown_files(root: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(root)
        .expect("the repository can be listed")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    for folder in ["docs", "wit", "tests", "host"] {
        found.extend(files(&root.join(folder), "md"));
    }
    found
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() && !["target", "node_modules", "golden"].iter().any(|skipped| name == *skipped) {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Files that hold nothing but tests.
fn is_test_file(file: &Path) -> bool {
    let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let under = |folder| file.components().any(|part| part.as_os_str() == folder);
    // The example API is a program under tests/; its own tests/ are tests again.
    let example_source = under("example-api") && under("src");
    name == "tests" || name.ends_with("_tests") || (under("tests") && !example_source)
}

/// The text up to an inline test module.
fn without_tests(text: &str) -> String {
    match text.find("#[cfg(test)]\nmod ") {
        Some(start) if text[start..].lines().nth(1).is_some_and(|line| line.ends_with('{')) => {
            text[..start].to_owned()
        }
        _ => text.to_owned(),
    }
}

/// The top-level module a core file belongs to.
fn module_of(root: &Path, file: &Path) -> String {
    let relative = file.strip_prefix(root).unwrap_or(file);
    let first = relative.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned());
    first.unwrap_or_default().trim_end_matches(".rs").to_owned()
}

/// Modules named as `crate::module` on a line that is not a comment.
fn used_modules(line: &str) -> Vec<String> {
    if line.trim_start().starts_with("//") {
        return Vec::new();
    }
    let mut names: BTreeMap<String, ()> = BTreeMap::new();
    for rest in line.split("crate::").skip(1) {
        let name: String =
            rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
        names.insert(name, ());
    }
    names.into_keys().collect()
}
