//! Whether Cloudflare would take a deployment, and the host find in it what it needs. Collects every finding.

use super::finding::{Hinted, error, nearest, warning};
use super::manifest::Manifest;
use super::wit::Finding;

/// The oldest platform behaviour that the Worker was made for.
const OLDEST_DATE: &str = "2025-05-01";
/// Longer names get no address on workers.dev.
const LONGEST_NAME: usize = 63;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    DurableObject,
    D1,
    Kv,
    R2,
}

/// Something the host cannot do without.
struct Need<'a> {
    binding: &'a str,
    kind: Kind,
    /// What is kept there.
    purpose: &'static str,
}

/// The host's own classes, by binding, and what their objects keep.
pub(crate) const CLASSES: [(&str, &str, &str); 3] = [
    ("SESSIONS", "SessionDO", "sessions"),
    ("EVENTS", "EventStoreDO", "events of streams that can be resumed"),
    ("BUNDLE", "BundleDO", "the live bundle and used nonces"),
];

/// Everything that stands in the way, at once.
pub(crate) fn validate(manifest: &Manifest, environment: Option<&str>, today: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    target(manifest, &mut findings);
    name(manifest, environment, &mut findings);
    date(manifest, today, &mut findings);
    flags(manifest, &mut findings);
    needs(manifest, &mut findings);
    classes(manifest, environment, &mut findings);
    buckets(manifest, &mut findings);
    vars(manifest, &mut findings);
    secrets(manifest, &mut findings);
    findings
}

fn target(manifest: &Manifest, findings: &mut Vec<Finding>) {
    if manifest.target != "cloudflare-worker" {
        let message = format!("the target `{}` is declared, not supported by this version", manifest.target);
        findings
            .push(error("unsupported-target", "/runtime/target", message).hint("use `cloudflare-worker`"));
    }
}

fn name(manifest: &Manifest, environment: Option<&str>, findings: &mut Vec<Finding>) {
    let name = manifest.worker_name(environment);
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    let own = manifest.name.chars().all(allowed);
    let pointer = match environment {
        Some(environment) if own => format!("/environments/{environment}"),
        _ => "/name".to_owned(),
    };
    if !name.chars().all(allowed) {
        let message =
            format!("the Worker would be called `{name}`, and Cloudflare takes no capital letters there");
        let lower = manifest.name.to_ascii_lowercase();
        let hint = match environment.map(str::to_ascii_lowercase) {
            Some(environment) => format!("call the deployment `{lower}` and the environment `{environment}`"),
            None => format!("call the deployment `{lower}`"),
        };
        findings.push(error("worker-name", pointer, message).hint(hint));
    } else if name.len() > LONGEST_NAME {
        let message =
            format!("the Worker would be called `{name}`, which is too long for an address on workers.dev");
        let hint = format!(
            "use at most {LONGEST_NAME} characters, the environment's name included, or give it a route"
        );
        findings.push(warning("worker-name-long", pointer, message).hint(hint));
    }
}

/// Dates of this shape are in order when their texts are.
fn date(manifest: &Manifest, today: &str, findings: &mut Vec<Finding>) {
    let date = manifest.compatibility_date.as_str();
    let at = "/runtime/compatibilityDate";
    if date > today {
        let message = format!("the compatibility date {date} is in the future, which Cloudflare refuses");
        findings.push(error("compatibility-date", at, message).hint(format!("today is {today}")));
    } else if date < OLDEST_DATE {
        let message = format!("the compatibility date {date} is too old for this Worker");
        findings
            .push(error("compatibility-date", at, message).hint(format!("use {OLDEST_DATE} or a later day")));
    }
}

fn flags(manifest: &Manifest, findings: &mut Vec<Finding>) {
    for (index, flag) in manifest.compatibility_flags.iter().enumerate() {
        if manifest.compatibility_flags[..index].contains(flag) {
            let at = format!("/runtime/compatibilityFlags/{index}");
            let message = format!("the compatibility flag `{flag}` is given twice, which Cloudflare refuses");
            findings.push(error("duplicate-flag", at, message).hint("remove one"));
        }
    }
}

fn needs(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let mut needs: Vec<Need<'_>> = CLASSES
        .iter()
        .map(|(binding, _, purpose)| Need { binding, kind: Kind::DurableObject, purpose })
        .collect();
    needs.extend([
        Need { binding: "AUDIT", kind: Kind::D1, purpose: "the audit log" },
        Need { binding: "BUNDLE_CACHE", kind: Kind::Kv, purpose: "bundles to fall back to" },
        Need { binding: "REPLAY_NONCE", kind: Kind::Kv, purpose: "used nonces" },
        Need { binding: "SKILL_DATA", kind: Kind::R2, purpose: "large files of skills" },
    ]);
    // That the namespace exists is a rule of the manifest itself; which one it is, the Worker's.
    if manifest.nonce_kv != "REPLAY_NONCE" {
        let message = format!(
            "`signing.replay.nonceKv` names `{}`, but the Worker keeps used nonces in `REPLAY_NONCE`",
            manifest.nonce_kv
        );
        let hint = "call that namespace `REPLAY_NONCE`, here and in `bindings.kvNamespaces`";
        findings.push(error("nonce-kv", "/signing/replay/nonceKv", message).hint(hint));
    }
    let bound = bound(manifest);
    for need in &needs {
        match bound.iter().find(|each| each.name == need.binding) {
            Some(each) if each.kind == need.kind => {}
            Some(each) => findings.push(of_another_kind(manifest, need, each)),
            None => findings.push(missing(manifest, need, &needs, &bound)),
        }
    }
}

/// A binding of the manifest.
struct Bound<'a> {
    name: &'a str,
    kind: Kind,
    index: usize,
}

fn bound(manifest: &Manifest) -> Vec<Bound<'_>> {
    let objects =
        manifest.durable_objects.iter().map(|each| (&each.binding, Kind::DurableObject)).enumerate();
    let databases = manifest.d1_databases.iter().map(|each| (&each.binding, Kind::D1)).enumerate();
    let namespaces = manifest.kv_namespaces.iter().map(|each| (&each.binding, Kind::Kv)).enumerate();
    let buckets = manifest.r2_buckets.iter().map(|each| (&each.binding, Kind::R2)).enumerate();
    let all = objects.chain(databases).chain(namespaces).chain(buckets);
    all.map(|(index, (name, kind))| Bound { name, kind, index }).collect()
}

fn of_another_kind(manifest: &Manifest, need: &Need<'_>, found: &Bound<'_>) -> Finding {
    let at = format!("/bindings/{}/{}/binding", found.kind.list(), found.index);
    let message =
        format!("`{}` is {}; the host needs {} there", need.binding, found.kind.noun(), need.kind.noun());
    let hint = format!(
        "give this one another name, and add for {}:\n{}",
        need.purpose,
        snippet(&manifest.name, need)
    );
    error("binding-kind", at, message).hint(hint)
}

fn missing(manifest: &Manifest, need: &Need<'_>, needs: &[Need<'_>], bound: &[Bound<'_>]) -> Finding {
    let message = format!(
        "the binding `{}` is missing: {} in which the host keeps {}",
        need.binding,
        need.kind.noun(),
        need.purpose
    );
    let spare = bound
        .iter()
        .filter(|each| each.kind == need.kind && !needs.iter().any(|need| need.binding == each.name));
    let near = nearest(need.binding, spare.map(|each| each.name));
    let add = format!("add:\n{}", snippet(&manifest.name, need));
    let Some(near) = bound.iter().find(|each| Some(each.name) == near) else {
        return error("missing-binding", format!("/bindings/{}", need.kind.list()), message).hint(add);
    };
    let at = format!("/bindings/{}/{}/binding", near.kind.list(), near.index);
    error("missing-binding", at, message)
        .hint(format!("is `{}` meant to be `{}`? Else {add}", near.name, need.binding))
}

/// The lines to add to the manifest.
fn snippet(name: &str, need: &Need<'_>) -> String {
    let resource = format!("{name}-{}", need.binding.to_ascii_lowercase().replace('_', "-"));
    let fields = match need.kind {
        Kind::DurableObject => {
            let class = CLASSES
                .iter()
                .find(|(binding, ..)| *binding == need.binding)
                .map_or("", |(_, class, _)| class);
            format!("className: {class}")
        }
        Kind::D1 => format!(
            "databaseName: {resource}\n            databaseId: … # of `wrangler d1 create {resource}`"
        ),
        Kind::Kv => format!("id: … # of `wrangler kv namespace create {resource}`"),
        Kind::R2 => format!("bucketName: {resource} # after `wrangler r2 bucket create {resource}`"),
    };
    format!(
        "      bindings:\n        {}:\n          - binding: {}\n            {fields}",
        need.kind.list(),
        need.binding
    )
}

impl Kind {
    /// The manifest's list.
    fn list(self) -> &'static str {
        match self {
            Self::DurableObject => "durableObjects",
            Self::D1 => "d1Databases",
            Self::Kv => "kvNamespaces",
            Self::R2 => "r2Buckets",
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::DurableObject => "a Durable Object",
            Self::D1 => "a D1 database",
            Self::Kv => "a KV namespace",
            Self::R2 => "an R2 bucket",
        }
    }
}

/// Classes are exports of worker.js, and the host's own are this Worker's.
fn classes(manifest: &Manifest, environment: Option<&str>, findings: &mut Vec<Finding>) {
    let worker = manifest.worker_name(environment);
    for (index, object) in manifest.durable_objects.iter().enumerate() {
        let at = |field: &str| format!("/bindings/durableObjects/{index}/{field}");
        if object.class_name.contains('-') {
            let message = format!("`{}` cannot be the name of a class", object.class_name);
            findings.push(error("class-name", at("className"), message).hint("use letters, digits and `_`"));
            continue;
        }
        let Some((binding, class, _)) = CLASSES.iter().find(|(binding, ..)| *binding == object.binding)
        else {
            continue;
        };
        if !object.is_own(&worker) {
            let message = format!(
                "`{binding}` is bound to a class of another Worker; the host's state would be kept there"
            );
            findings.push(error("class-elsewhere", at("scriptName"), message).hint("remove `scriptName`"));
        } else if object.class_name != *class {
            let message = format!("`{binding}` is bound to the class `{}`, not `{class}`", object.class_name);
            let hint = format!("worker.js must export it: `export {{ {class} as {} }}`", object.class_name);
            findings.push(warning("class-name-differs", at("className"), message).hint(hint));
        }
    }
}

fn buckets(manifest: &Manifest, findings: &mut Vec<Finding>) {
    for (index, bucket) in manifest.r2_buckets.iter().enumerate() {
        let name = bucket.bucket_name.as_str();
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let sound = (3..=63).contains(&name.len())
            && name.chars().all(|c| letters(c) || c == '-')
            && name.starts_with(letters)
            && name.ends_with(letters);
        if !sound {
            let at = format!("/bindings/r2Buckets/{index}/bucketName");
            let hint = "use 3 to 63 lower-case letters, digits and `-`, the first and last no `-`";
            findings.push(error("bucket-name", at, "Cloudflare takes no such name for a bucket").hint(hint));
        }
    }
}

/// Names that every JavaScript object has: wrangler fails on them.
const OF_EVERY_OBJECT: [&str; 12] = [
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
];

fn vars(manifest: &Manifest, findings: &mut Vec<Finding>) {
    for (name, _) in manifest.vars.iter().filter(|(name, _)| OF_EVERY_OBJECT.contains(&name.as_str())) {
        let message =
            format!("wrangler takes no variable called `{name}`, which every JavaScript object has");
        findings
            .push(error("var-name", format!("/bindings/vars/{name}"), message).hint("give it another name"));
    }
}

/// Secrets share one scope with bindings and variables.
fn secrets(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let bound = bound(manifest);
    for (index, secret) in manifest.secrets.iter().enumerate() {
        let is_var = manifest.vars.iter().any(|(name, _)| *name == secret.name);
        let other = bound.iter().find(|each| each.name == secret.name).map(|each| each.kind.noun());
        if let Some(other) = other.or(is_var.then_some("a variable, which everybody can read")) {
            let message = format!("the secret `{}` is also the name of {other}", secret.name);
            let at = format!("/secrets/{index}/name");
            findings.push(error("secret-taken", at, message).hint("give one of them another name"));
        }
    }
}
