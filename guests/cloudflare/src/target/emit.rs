//! A manifest as wrangler's configuration: one Worker, or one and another for each environment.

use serde_json::{Map, Value};

use super::config::{Node, Table, texts};
use super::finding::{Hinted, error, warning};
use super::manifest::{DurableObject, Manifest};
use super::migrations::{self, Earlier};
use super::validate::{CLASSES, validate};
use super::wit::{Emitted, File, Finding, Format, Options, Severity};
use super::{jsonc, toml};

/// An earlier configuration's Workers, by name.
type History<'a> = Vec<(String, Earlier<'a>)>;

/// The configuration, or everything that stands in the way of it.
pub(crate) fn emit(manifest_json: &str, environment: Option<&str>, options: &Options) -> Emitted {
    let mut findings = Vec::new();
    let table = document(manifest_json, environment, options, &mut findings);
    let files = match table.filter(|_| findings.iter().all(|finding| finding.severity != Severity::Error)) {
        None => Vec::new(),
        Some(table) => {
            let (name, text) = match options.format {
                Format::Toml => ("wrangler.toml", toml::write(&table)),
                Format::Jsonc => ("wrangler.jsonc", jsonc::write(&table)),
            };
            vec![File { name: name.to_owned(), text }]
        }
    };
    Emitted { files, findings }
}

fn document(
    manifest_json: &str,
    environment: Option<&str>,
    options: &Options,
    findings: &mut Vec<Finding>,
) -> Option<Table> {
    let previous: Value = match options.previous_json.as_deref().map(serde_json::from_str).transpose() {
        Ok(previous) => previous.unwrap_or_default(),
        Err(reason) => {
            let message = format!("the earlier configuration is not JSON: {reason}");
            findings.push(error("previous", "", message));
            return None;
        }
    };
    let history = history(&previous, findings);
    let manifest = read(manifest_json, findings)?;
    let mut root = Table { comments: header(environment), ..Table::default() };
    root.comments.extend(secrets(&manifest, None));
    let mut names = vec![manifest.worker_name(environment)];
    root.set("name", names[0].as_str());
    platform(&manifest, &options.main, &mut root);
    let context = Context { history: &history, options };
    context.worker(&manifest, environment, &mut root, findings);
    let mut sections = Table::default();
    for each in &options.environments {
        let Some(manifest) = read(&each.manifest_json, findings) else { continue };
        let name = manifest.worker_name(Some(&each.name));
        let mut section = Table { comments: secrets(&manifest, Some(&each.name)), ..Table::default() };
        section.set("name", name.as_str());
        names.push(name);
        context.worker(&manifest, Some(&each.name), &mut section, findings);
        sections.set(each.name.as_str(), section);
    }
    if !sections.entries.is_empty() {
        root.set("env", sections);
    }
    findings.extend(history.iter().filter(|(name, _)| !names.contains(name)).map(|(name, _)| left_out(name)));
    Some(root)
}

fn read(manifest_json: &str, findings: &mut Vec<Finding>) -> Option<Manifest> {
    Manifest::read(manifest_json).map_err(|reason| findings.push(error("manifest", "", reason))).ok()
}

/// Without an earlier configuration there are no Workers in it.
fn history<'a>(previous: &'a Value, findings: &mut Vec<Finding>) -> History<'a> {
    if previous.is_null() {
        return Vec::new();
    }
    let mut history = Vec::new();
    for (name, earlier) in migrations::workers(previous) {
        match earlier {
            Ok(earlier) => history.push((name, earlier)),
            Err(reason) => findings
                .push(error("previous", "", reason).hint("mend it, or give another file with --previous")),
        }
    }
    history
}

fn left_out(name: &str) -> Finding {
    let message =
        format!("the earlier configuration has a Worker `{name}`, whose migrations are not in this one");
    warning("worker-left-out", "", message)
        .hint("keep the earlier file for it, or, if it is no longer needed, delete it with `wrangler delete`")
}

struct Context<'a> {
    history: &'a History<'a>,
    options: &'a Options,
}

impl Context<'_> {
    /// Adds what is one Worker's own; environments of wrangler inherit none of it.
    fn worker(
        &self,
        manifest: &Manifest,
        environment: Option<&str>,
        table: &mut Table,
        findings: &mut Vec<Finding>,
    ) {
        let worker = manifest.worker_name(environment);
        let first = findings.len();
        findings.extend(validate(manifest, environment, &self.options.today));
        bindings(manifest, &worker, table);
        let earlier = self.history.iter().find(|(name, _)| *name == worker).map(|(_, earlier)| earlier);
        match migrations::next(manifest, &worker, earlier, &self.options.allow_delete_classes) {
            Ok(migrations) => table.set_list("migrations", migrations.iter().map(migration).collect()),
            Err(refused) => findings.extend(refused),
        }
        for finding in &mut findings[first..] {
            finding.environment = environment.map(str::to_owned);
        }
    }
}

fn header(environment: Option<&str>) -> Vec<String> {
    let flag = environment.map(|name| format!(" --env {name}")).unwrap_or_default();
    vec![
        format!("Generated by `frontmcp-host deploy emit-wrangler{flag}` from the deployment manifest."),
        "Edit names, bindings, variables and flags there, and run the command again: it keeps the migrations"
            .to_owned(),
        "of this file, which are history, and adds to them when classes come, go or get another name."
            .to_owned(),
    ]
}

/// How to set each secret; values are never here.
fn secrets(manifest: &Manifest, environment: Option<&str>) -> Vec<String> {
    if manifest.secrets.is_empty() {
        return Vec::new();
    }
    let flag = environment.map(|name| format!(" --env {name}")).unwrap_or_default();
    let mut lines = vec![String::new(), "Secrets are not in this file. Set each of them once:".to_owned()];
    lines.extend(manifest.secrets.iter().map(|secret| {
        let required = if secret.required { "required" } else { "optional" };
        let about = secret.description.as_ref().map(|about| format!(": {about}")).unwrap_or_default();
        format!("  wrangler secret put {}{flag}  # {required}{about}", secret.name)
    }));
    if environment.is_some() {
        lines.remove(0);
    }
    lines
}

/// What all environments share: the code and what it runs on.
fn platform(manifest: &Manifest, main: &str, table: &mut Table) {
    table.set("main", main);
    table.set("compatibility_date", manifest.compatibility_date.as_str());
    if !manifest.compatibility_flags.is_empty() {
        table.set("compatibility_flags", texts(manifest.compatibility_flags.iter().map(String::as_str)));
    }
    if is_javascript(main) {
        as_it_is(table);
    }
}

/// Anything else is for wrangler to compile, and to bundle with what it imports.
fn is_javascript(main: &str) -> bool {
    main.rsplit_once('.').is_none_or(|(_, extension)| ["js", "mjs"].contains(&extension))
}

/// The code is bundled already.
fn as_it_is(table: &mut Table) {
    let about = "The folder of `main` is bundled already: its modules are uploaded as they are, each by one of these rules.";
    table.set_about("no_bundle", true, vec![about.to_owned()]);
    table.set("find_additional_modules", true);
    let rule = |kind: &str, glob: &str| {
        let mut rule = Table::of(&[("type", kind)]);
        rule.set("globs", texts([glob]));
        // Wrangler's own rules of the same kind, for text files say, are for other Workers.
        rule.set("fallthrough", false);
        Node::Table(rule)
    };
    let rules = [("ESModule", "**/*.js"), ("CompiledWasm", "**/*.wasm"), ("Text", "**/bundle.json")];
    table.set_list("rules", rules.map(|(kind, glob)| rule(kind, glob)).into());
}

fn bindings(manifest: &Manifest, worker: &str, table: &mut Table) {
    let objects = manifest.durable_objects.iter().map(|object| {
        let mut item = Table::of(&[("name", &object.binding), ("class_name", &object.class_name)]);
        if let Some(script) = &object.script_name {
            item.set("script_name", script.as_str());
        }
        item.into()
    });
    let objects: Vec<Node> = objects.collect();
    if !objects.is_empty() {
        let mut bindings = Table::default();
        bindings.set_list("bindings", objects);
        table.set_about("durable_objects", bindings, exports(manifest, worker));
    }
    let databases = manifest.d1_databases.iter().map(|database| {
        Table::of(&[
            ("binding", &database.binding),
            ("database_name", &database.database_name),
            ("database_id", &database.database_id),
        ])
        .into()
    });
    table.set_list("d1_databases", databases.collect());
    let namespaces = manifest
        .kv_namespaces
        .iter()
        .map(|namespace| Table::of(&[("binding", &namespace.binding), ("id", &namespace.id)]).into());
    table.set_list("kv_namespaces", namespaces.collect());
    let buckets = manifest.r2_buckets.iter().map(|bucket| {
        Table::of(&[("binding", &bucket.binding), ("bucket_name", &bucket.bucket_name)]).into()
    });
    table.set_list("r2_buckets", buckets.collect());
    if !manifest.vars.is_empty() {
        let mut vars = Table::default();
        for (name, value) in &manifest.vars {
            vars.set(name.as_str(), value.as_str());
        }
        table.set("vars", vars);
    }
}

/// Which classes worker.js must export beyond, or under other names than, those it has by itself.
fn exports(manifest: &Manifest, worker: &str) -> Vec<String> {
    let own = manifest.durable_objects.iter().filter(|object| object.is_own(worker));
    let line = |object: &DurableObject| {
        let class = &object.class_name;
        match CLASSES.iter().find(|(binding, ..)| *binding == object.binding) {
            Some((_, standard, _)) if standard == class => None,
            Some((_, standard, _)) => Some(format!("worker.js must export {standard} as {class}.")),
            None if CLASSES.iter().any(|(_, standard, _)| standard == class) => None,
            None => Some(format!("worker.js must export the class {class} too; the host has no such class.")),
        }
    };
    own.filter_map(line).collect()
}

/// The tag first, then what it does.
fn migration(migration: &Map<String, Value>) -> Node {
    let mut table = Table { comments: migrations::words(migration), ..Table::default() };
    if let Some(Node::Table(mut members)) = Node::from_json(&Value::Object(migration.clone())) {
        members.entries.sort_by_key(|entry| entry.key != "tag");
        table.entries = members.entries;
    }
    table.into()
}
