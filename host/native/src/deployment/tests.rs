//! Deployments in temporary folders: the sound one, and everything that can be wrong with one.

use std::path::PathBuf;

use frontmcp_core::registry::apply::apply;

use super::*;

const MANIFEST: &str = r#"version: 1
name: shop
runtime: { target: cloudflare-worker, compatibilityDate: "2026-05-01" }
server: { info: { name: shop, version: 1.0.0 }, instructions: "Shop in ${env:TOWN}." }
specs:
  - { id: acme, spec: ./api/acme.yaml }
skills: { source: ./skills, alwaysLoad: [lookup] }
bindings: { kvNamespaces: [{ binding: NONCE, id: x }] }
signing:
  algorithm: ed25519
  trustRoots: [{ kid: k, publicKeySecret: KEY }]
  replay: { nonceKv: NONCE }
auth: { provider: none }
secrets: [{ name: KEY }]
environments:
  other:
    skills: { source: ./elsewhere }
"#;
const SPEC: &str = r##"openapi: 3.1.0
info: { title: Acme, version: "1" }
servers: [{ url: "https://api.example.com" }]
paths:
  /orders:
    get:
      operationId: listOrders
      responses:
        "200":
          description: ok
          content: { application/json: { schema: { $ref: "shared/order.yaml#/Order" } } }
"##;
const SKILL: &str = "---\nname: lookup\ndescription: Find orders\n---\nUse op://acme/listOrders.\n";

/// A folder with a sound deployment, and these files over it.
fn shop(over: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let sound = [
        ("frontmcp.deploy.yaml", MANIFEST),
        ("api/acme.yaml", SPEC),
        ("api/shared/order.yaml", "Order: { type: object, properties: { id: { type: string } } }\n"),
        ("skills/README.md", "Not a skill."),
        ("skills/.hidden/x", "Not a skill either."),
        ("skills/lookup/SKILL.md", SKILL),
        ("skills/lookup/data/rates.csv", "a,b\n"),
    ];
    for (path, text) in sound.iter().chain(over) {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn read(folder: &tempfile::TempDir, environment: Option<&str>) -> (Option<Deployment>, Vec<Finding>) {
    let options =
        Options { environment, variable: &|name| (name == "TOWN").then(|| "Ulm".to_owned()), download: None };
    load(&folder.path().join("frontmcp.deploy.yaml"), &options)
}

/// `code file:line:column` of each finding.
fn told(findings: &[Finding]) -> Vec<String> {
    let place = |place: &Location| format!("{}:{}:{}", place.file, place.line, place.column);
    let line =
        |each: &Finding| format!("{} {}", each.code, each.location.as_ref().map(place).unwrap_or_default());
    findings.iter().map(line).collect()
}

#[test]
fn a_sound_deployment_becomes_a_snapshot() {
    let (deployment, findings) = read(&shop(&[]), None);
    assert_eq!(told(&findings), [""; 0]);
    let (snapshot, findings) = apply(deployment.unwrap());
    assert_eq!(told(&findings), [""; 0]);
    let snapshot = snapshot.unwrap();
    assert!(snapshot.instructions.starts_with("Shop in Ulm."));
    assert!(snapshot.operations.contains_key("acme.listOrders"));
    let skill = &snapshot.catalog.skills["lookup"];
    assert!(skill.always_load);
    assert_eq!(skill.files.keys().collect::<Vec<_>>(), ["SKILL.md", "data/rates.csv"]);
    let order = snapshot.operations["acme.listOrders"].output_schema.clone().unwrap();
    assert!(order.to_string().contains(r#""id":{"type":"string"}"#), "{order}");
}

#[test]
fn the_repositorys_own_deployment_is_sound() {
    let manifest = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../frontmcp.deploy.yaml"));
    let options = Options { environment: None, variable: &|_| None, download: None };
    let (deployment, findings) = load(&manifest, &options);
    assert_eq!(told(&findings), [""; 0]);
    let (snapshot, findings) = apply(deployment.unwrap());
    assert_eq!(told(&findings), [""; 0]);
    let snapshot = snapshot.unwrap();
    assert!(!snapshot.catalog.skills.contains_key("customer-erasure"), "drafts are not served");
    assert!(snapshot.catalog.skills["money-format"].always_load);
    assert!(snapshot.operation("acme.refundOrder").is_some());
    assert!(snapshot.operation("acme.deleteCustomer").is_none());
}

#[test]
fn problems_of_every_file_are_reported_at_once() {
    let folder = shop(&[
        ("frontmcp.deploy.yaml", &MANIFEST.replace("./api/acme.yaml", "./api/missing.yaml")),
        ("skills/no-file/README.md", "x"),
        ("skills/open/SKILL.md", "---\nname: open\n"),
        ("skills/typo/SKILL.md", "---\nname: typo\ndescription: d\nalwaysLoad: maybe\n---\n[[ref:no.md]]"),
        ("skills/yaml/SKILL.md", "---\nname: yaml\ndescription: [\n---\nx"),
    ]);
    let (deployment, findings) = read(&folder, None);
    assert!(deployment.is_none());
    let told = told(&findings);
    for expected in [
        "spec-unreadable frontmcp.deploy.yaml:6:5",
        "skill-file-missing skills/no-file/SKILL.md:1:1",
        "frontmatter-unclosed skills/open/SKILL.md:1:1",
        "unknown-file skills/typo/SKILL.md:6:1",
        "wrong-type skills/typo/SKILL.md:4:13",
    ] {
        assert!(told.iter().any(|line| line == expected), "{expected} in {told:#?}");
    }
    assert!(told.iter().any(|line| line.contains("skills/yaml/SKILL.md:")), "{told:#?}");
    let words = format!("{findings:?}");
    assert!(!words.contains(folder.path().to_str().unwrap()), "no host path: {words}");
}

#[test]
fn an_unset_variable_an_unknown_environment_and_a_missing_folder_are_errors() {
    let folder = shop(&[]);
    let options = Options { environment: None, variable: &|_| None, download: None };
    let (_, findings) = load(&folder.path().join("frontmcp.deploy.yaml"), &options);
    assert_eq!(findings.len(), 1);
    assert_eq!(told(&read(&folder, Some("nowhere")).1), ["unknown-environment frontmcp.deploy.yaml:15:1"]);
    assert_eq!(told(&read(&folder, Some("other")).1), ["skills-folder frontmcp.deploy.yaml:17:23"]);
    let (_, findings) = load(&folder.path().join("absent.yaml"), &options);
    assert_eq!(told(&findings), ["unreadable absent.yaml:1:1"]);
}

#[test]
fn links_out_of_the_folders_are_refused() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.md"), "op://acme/listOrders").unwrap();
    let folder = shop(&[("api/acme.yaml", &SPEC.replace("shared/order.yaml", "../../secret.yaml"))]);
    std::os::unix::fs::symlink(
        outside.path().join("secret.md"),
        folder.path().join("skills/lookup/stolen.md"),
    )
    .unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("skills/linked")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("skills/lookup"), folder.path().join("skills/lookup/loop"))
        .unwrap();
    let (deployment, findings) = read(&folder, None);
    assert!(deployment.is_none());
    let told = told(&findings);
    for expected in
        ["skill-unreadable skills/lookup/stolen.md:1:1", "skill-unreadable skills/linked/SKILL.md:1:1"]
    {
        assert!(told.iter().any(|line| line == expected), "{expected} in {told:#?}");
    }
    assert!(told.iter().any(|line| line.starts_with("skill-too-")), "a loop of links ends: {told:#?}");
}

#[test]
fn a_folder_of_descriptions_names_them_by_file() {
    let manifest = MANIFEST.replace("specs:\n  - { id: acme, spec: ./api/acme.yaml }", "specs: ./api");
    let (deployment, findings) = read(&shop(&[("frontmcp.deploy.yaml", &manifest)]), None);
    assert_eq!(told(&findings), [""; 0]);
    let ids: Vec<String> = deployment.unwrap().specs.into_iter().map(|spec| spec.id).collect();
    assert_eq!(ids, ["acme"]);
}

#[test]
fn urls_are_read_by_the_downloader_and_only_from_their_own_server() {
    let spec = SPEC.replace("shared/order.yaml", "https://other.example.com/order.yaml");
    let manifest = MANIFEST.replace("./api/acme.yaml", "https://specs.example.com/acme.yaml");
    let folder = shop(&[("frontmcp.deploy.yaml", &manifest)]);
    let path = folder.path().join("frontmcp.deploy.yaml");
    let town: &dyn Fn(&str) -> Option<String> = &|_| Some("Ulm".to_owned());
    let download = |url: &Url| {
        assert_eq!(url.host_str(), Some("specs.example.com"));
        Ok(Bytes::from(spec.clone()))
    };
    let (deployment, findings) =
        load(&path, &Options { environment: None, variable: town, download: Some(&download) });
    assert!(deployment.is_some(), "{findings:?}");
    assert!(findings.iter().any(|finding| finding.message.contains("own server")), "{findings:?}");
    let (deployment, findings) = load(&path, &Options { environment: None, variable: town, download: None });
    assert!(deployment.is_none());
    assert_eq!(told(&findings), ["spec-unreadable frontmcp.deploy.yaml:6:5"]);
}

#[test]
fn what_the_manifest_asks_of_skills_is_refused_at_its_place() {
    let manifest = MANIFEST.replace("alwaysLoad: [lookup]", "alwaysLoad: [lookup, lookupp]");
    let (deployment, findings) = read(&shop(&[("frontmcp.deploy.yaml", &manifest)]), None);
    assert_eq!(told(&findings), [""; 0]);
    let (snapshot, findings) = apply(deployment.unwrap());
    assert!(snapshot.is_none());
    assert_eq!(told(&findings), ["unknown-skill frontmcp.deploy.yaml:7:50"]);
}
