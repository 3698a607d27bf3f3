//! Golden manifests: what is accepted, what is refused, and in which words. `BLESS=1` rewrites the expectations.

use std::env;
use std::path::PathBuf;

use super::*;

fn args(manifest: PathBuf, format: Format) -> CheckArgs {
    CheckArgs { source: Source { manifest, env: None }, format }
}

fn golden(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/manifest").join(folder)
}

/// Compares with the file, or rewrites it.
fn expect(file: &Path, actual: &str) -> Result<(), String> {
    if env::var_os("BLESS").is_some() {
        fs::write(file, actual).unwrap();
        return Ok(());
    }
    let expected = fs::read_to_string(file).unwrap_or_default();
    if expected == actual { Ok(()) } else { Err(format!("{}:\n{actual}", file.display())) }
}

/// Variables that golden manifests may use.
fn lookup(name: &str) -> Option<String> {
    name.strip_prefix("GOLDEN_").map(str::to_lowercase)
}

/// Findings of one golden manifest, as `check` prints them. `# env: NAME` in the first line selects an environment.
fn findings(path: &Path) -> (bool, String) {
    let bytes = fs::read(path).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let environment = text.lines().next().and_then(|line| line.strip_prefix("# env: ")).map(str::to_owned);
    let file = path.file_name().unwrap().to_string_lossy().into_owned();
    let options = Options { environment: environment.as_deref(), variable: &lookup, download: None };
    let mut findings = Vec::new();
    let parsed = deployment::parse(&file, &bytes, &options, &mut findings);
    render::sort(&mut findings);
    let sound = !has_errors(&findings);
    assert!(!sound || parsed.is_some(), "{file}");
    (sound, render::text(&findings, &BTreeMap::from([(file, text)])))
}

fn check_folder(folder: &str, accepted: bool, at_least: usize) {
    let mut paths: Vec<PathBuf> = fs::read_dir(golden(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension != "findings"))
        .collect();
    paths.sort();
    assert!(paths.len() >= at_least, "only {} manifests in {folder}", paths.len());
    let mut differences = Vec::new();
    for path in paths {
        let (sound, text) = findings(&path);
        if sound != accepted {
            differences.push(format!(
                "{}: should {}be accepted:\n{text}",
                path.display(),
                if accepted { "" } else { "not " }
            ));
        }
        differences.extend(expect(&path.with_extension("findings"), &text).err());
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn sound_manifests_are_accepted() {
    check_folder("accept", true, 5);
}

#[test]
fn faulty_manifests_are_refused_with_all_their_findings() {
    check_folder("reject", false, 40);
}

#[test]
fn the_json_schema_is_the_golden_one() {
    let mut out = Vec::new();
    assert_eq!(crate::commands::schema::run(&crate::commands::schema::SchemaArgs {}, &mut out).unwrap(), 0);
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src/manifest/schema/v1.json");
    let differs = expect(&schema, &String::from_utf8(out).unwrap());
    assert!(differs.is_ok(), "`schema` prints something else than is written down");
}

#[test]
fn the_reference_deployment_has_no_findings() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../frontmcp.deploy.yaml");
    for environment in [None, Some("dev"), Some("production")] {
        let source = Source { manifest: manifest.clone(), env: environment.map(str::to_owned) };
        assert_eq!(super::findings(&source), [], "{environment:?}");
    }
}

#[test]
fn json_output_counts_what_it_lists() {
    let manifest = golden("reject/ten-mistakes.yaml");
    let mut out = Vec::new();
    let code = run(&args(manifest, Format::Json), &mut out).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!((code, report["errors"].as_u64(), report["warnings"].as_u64()), (1, Some(10), Some(0)));
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.len() == 10 && findings.iter().all(|finding| finding["location"]["line"].is_u64()));
}

#[test]
fn a_missing_manifest_is_a_finding() {
    let mut out = Vec::new();
    let manifest = golden("no-such-file.yaml");
    assert_eq!(run(&args(manifest, Format::Text), &mut out).unwrap(), 1);
    assert!(String::from_utf8(out).unwrap().starts_with("error[unreadable]: "));
}
