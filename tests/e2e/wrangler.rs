//! What `deploy emit-wrangler` writes, before the platform's own tools: wrangler takes it, and workerd runs it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use frontmcp_tests::{Finished, Site, adapter, finished_within, repository};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::clients::{installed, node, node_script};

/// The entry module of a Worker's folder, in small.
const ENTRY: &str = r#"
import { answer } from "./frontmcp.js";
import bundle from "./bundle.json";
export { SessionDO, EventStoreDO, BundleDO, CounterDO, SessionDO as Sessions } from "./frontmcp.js";
export default { fetch: (request, env) => answer(bundle, env) };
"#;

/// The module beside it, with the host's classes, which tries every binding.
const FRONTMCP: &str = r#"
import wasm from "./host.wasm";
class Keeper {
  constructor(state) { this.sql = state.storage.sql; }
  async fetch() { return new Response(String(this.sql.exec("SELECT 40 + 2 AS n").one().n)); }
}
export class SessionDO extends Keeper {}
export class EventStoreDO extends Keeper {}
export class BundleDO extends Keeper {}
export class CounterDO extends Keeper {}
export async function answer(bundle, env) {
  const answer = { bundle, wasm: wasm instanceof WebAssembly.Module, vars: {}, objects: {}, kinds: {} };
  for (const [name, it] of Object.entries(env)) {
    if (typeof it === "string") answer.vars[name] = it;
    else answer.kinds[name] = it.constructor.name;
    if (it.idFromName) answer.objects[name] = await (await it.get(it.idFromName("one")).fetch("http://object/")).text();
  }
  answer.d1 = await env.AUDIT.prepare("SELECT 1 AS one").first();
  await env.SKILL_DATA.put("key", "kept in R2");
  answer.r2 = await (await env.SKILL_DATA.get("key")).text();
  await env.BUNDLE_CACHE.put("key", "kept in KV");
  answer.kv = await env.BUNDLE_CACHE.get("key");
  return Response.json(answer);
}
"#;

/// A folder as `worker build` leaves it.
fn built_worker() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("worker.js"), ENTRY).unwrap();
    fs::write(folder.path().join("frontmcp.js"), FRONTMCP).unwrap();
    fs::write(folder.path().join("frontmcp.d.ts"), "export {};").unwrap();
    fs::write(folder.path().join("host.wasm"), b"\0asm\x01\0\0\0").unwrap();
    fs::write(folder.path().join("bundle.json"), r#"{"payload":"x"}"#).unwrap();
    folder
}

/// Writes the configuration into the folder, as the program does.
fn emit(folder: &Path, manifest: &Path, file: &str, more: &[&str]) {
    let (manifest, file) = (manifest.to_str().unwrap().to_owned(), folder.join(file));
    let mut words = vec!["deploy", "emit-wrangler", "--manifest", &manifest, "-o", file.to_str().unwrap()];
    words.extend(more);
    let (code, _, err) = Site::new().run(&words, &[("FRONTMCP_ADAPTER", adapter().to_str().unwrap())], "");
    assert_eq!(code, 0, "{err}");
}

/// Nothing is asked of, or told to, anybody outside.
fn alone(command: &mut Command, home: &Path) -> Finished {
    let switches = ["WRANGLER_SEND_METRICS", "WRANGLER_SEND_ERROR_REPORTS", "CLOUDFLARE_CF_FETCH_ENABLED"];
    command.envs(switches.map(|name| (name, "false"))).envs([
        ("CI", "1"),
        ("NO_COLOR", "1"),
        ("WRANGLER_HIDE_BANNER", "true"),
    ]);
    finished_within(Duration::from_secs(120), command.env("HOME", home))
}

fn dry_run(folder: &Path, file: &str, environment: Option<&str>) -> String {
    let mut command = node();
    command.arg(installed("node/node_modules/wrangler/bin/wrangler.js")).current_dir(folder);
    command.args([
        "deploy",
        "--dry-run",
        "--outdir",
        "out",
        "--config",
        file,
        "--env",
        environment.unwrap_or_default(),
    ]);
    let finished = alone(&mut command, folder);
    let said = finished.out + &finished.err;
    assert!(finished.status.success(), "{said}");
    let _ = fs::remove_dir_all(folder.join("out"));
    said
}

/// The stub's answer from workerd.
fn served(folder: &Path, file: &str, environment: Option<&str>) -> Value {
    let mut command = node_script("worker.mjs");
    command.arg(folder.join(file)).args(environment);
    let finished = alone(&mut command, folder);
    serde_json::from_str(&finished.out).unwrap_or_else(|_| panic!("{}{}", finished.out, finished.err))
}

#[test]
fn wrangler_deploys_the_reference_deployment_without_a_warning() {
    let manifest = repository().join("frontmcp.deploy.yaml");
    for file in ["wrangler.toml", "wrangler.jsonc"] {
        let folder = built_worker();
        emit(folder.path(), &manifest, file, &[]);
        for (environment, level) in [(None, "info"), (Some("dev"), "debug"), (Some("production"), "warn")] {
            let said = dry_run(folder.path(), file, environment);
            assert!(!said.contains("WARNING") && said.contains("--dry-run: exiting now"), "{said}");
            for part in
                ["env.SESSIONS (SessionDO)", "env.AUDIT (acme-shop-audit)", "bundle.json", "host.wasm", level]
            {
                assert!(said.contains(part), "{part}: {said}");
            }
        }
    }
    let folder = built_worker();
    emit(folder.path(), &manifest, "wrangler.toml", &["--env", "production"]);
    let said = dry_run(folder.path(), "wrangler.toml", None);
    assert!(!said.contains("WARNING") && said.contains("warn"), "{said}");
}

#[test]
fn wrangler_deploys_one_that_uses_every_field() {
    let case = repository().join("tests/golden/wrangler/every-field/manifest.yaml");
    let folder = built_worker();
    emit(folder.path(), &case, "wrangler.jsonc", &[]);
    let said = dry_run(folder.path(), "wrangler.jsonc", None);
    for part in [
        "env.LIMITS (LimiterDO, defined in rate-limiter)",
        "env.COUNTERS (CounterDO)",
        "env.UPLOADS",
        "env.FLAGS",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("WARNING"), "{said}");
    dry_run(folder.path(), "wrangler.jsonc", Some("staging"));
    dry_run(folder.path(), "wrangler.jsonc", Some("production"));
}

#[test]
fn a_configuration_beside_the_workers_folder_deploys_it_too() {
    let folder = TempDir::new().unwrap();
    let worker = built_worker();
    fs::rename(worker.path(), folder.path().join("dist")).unwrap();
    let manifest = repository().join("frontmcp.deploy.yaml");
    emit(folder.path(), &manifest, "wrangler.toml", &["--main", "dist/worker.js"]);
    let said = dry_run(folder.path(), "wrangler.toml", None);
    assert!(said.contains("bundle.json") && said.contains("host.wasm"), "{said}");
}

#[test]
fn workerd_runs_it_with_every_binding() {
    let folder = built_worker();
    emit(folder.path(), &repository().join("frontmcp.deploy.yaml"), "wrangler.toml", &[]);
    let answer = served(folder.path(), "wrangler.toml", Some("production"));
    // SQL in Durable Objects is there only for classes that a migration made with it.
    let objects = json!({"SESSIONS": "42", "EVENTS": "42", "BUNDLE": "42"});
    assert_eq!(answer["objects"], objects, "{answer}");
    assert_eq!(answer["bundle"], json!(r#"{"payload":"x"}"#));
    assert_eq!(answer["vars"], json!({"LOG_LEVEL": "warn"}));
    assert_eq!(
        (&answer["wasm"], &answer["d1"], &answer["r2"], &answer["kv"]),
        (&json!(true), &json!({"one": 1}), &json!("kept in R2"), &json!("kept in KV"))
    );
}

#[test]
fn workerd_runs_one_with_classes_of_other_names() {
    let text =
        fs::read_to_string(repository().join("tests/golden/wrangler/every-field/manifest.yaml")).unwrap();
    // There is no other Worker here to keep the limits.
    let (before, after) = text.split_once("    - {binding: LIMITS").unwrap();
    let text = format!("{before}{}", after.split_once('\n').unwrap().1);
    let folder = built_worker();
    let manifest = folder.path().join("frontmcp.deploy.yaml");
    fs::write(&manifest, text).unwrap();
    emit(folder.path(), &manifest, "wrangler.jsonc", &[]);
    let answer = served(folder.path(), "wrangler.jsonc", Some("staging"));
    let objects =
        json!({"SESSIONS": "42", "EVENTS": "42", "BUNDLE": "42", "COUNTERS": "42", "COUNTERS_AGAIN": "42"});
    assert_eq!(answer["objects"], objects, "{answer}");
    assert_eq!(answer["vars"], json!({"LOG_LEVEL": "debug", "REGION": "eu", "TRACE": "1"}));
    let answer = served(folder.path(), "wrangler.jsonc", Some("production"));
    assert_eq!(answer["vars"], json!({"LOG_LEVEL": "warn"}), "{answer}");
}

#[test]
fn any_text_reaches_the_worker_as_it_was_written() {
    let vars = json!({
        "QUOTES": "\"'''\\ \"\"\"", "LINES": "one\r\ntwo\nthree\ttab", "COMMENT": "*/ // # /*", "NO_TABLE": "]\n[vars]\nX = 1",
        "CONTROL": "\u{1}\u{1f}\u{7f}\u{85}", "WIDE": "ключ 🦀 e\u{301} \u{2028} \u{202e} \u{feff}", "a.b": "dotted", " s ": " ",
        "line\nbreak": "", "quote\"d": "\\u0041", "construct": "1", "1": "2",
    });
    // YAML takes these only escaped.
    let escaped = ["\u{7f}", "\u{85}", "\u{2028}", "\u{feff}"].iter().fold(vars.to_string(), |text, c| {
        text.replace(c, &format!("\\u{:04x}", u32::from(c.chars().next().unwrap())))
    });
    let manifest = fs::read_to_string(repository().join("frontmcp.deploy.yaml")).unwrap();
    let manifest = manifest.replace("  vars:\n    LOG_LEVEL: info\n", &format!("  vars: {escaped}\n"));
    for file in ["wrangler.toml", "wrangler.jsonc"] {
        let folder = built_worker();
        fs::write(folder.path().join("frontmcp.deploy.yaml"), &manifest).unwrap();
        emit(folder.path(), &folder.path().join("frontmcp.deploy.yaml"), file, &[]);
        assert_eq!(served(folder.path(), file, None)["vars"], vars, "{file}");
    }
}
