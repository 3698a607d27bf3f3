//! `frontmcp-host worker build`: a folder that wrangler deploys. Never overwrites what its user wrote.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::ArgGroup;
use frontmcp_core::audit::rfc3339;

use crate::cli::Source;
use crate::commands::deploy::emit_wrangler::{self, EmitWranglerArgs, Format};
use crate::commands::deploy::signing::{self, Claims, KeySource, Signed, sign};
use crate::commands::deploy::{Console, kid, now_ms};
use crate::files;

/// The parts of every Worker, as `cargo xtask worker` builds them and packages carry them.
const PARTS: [&str; 5] = ["frontmcp.js", "frontmcp.d.ts", "host.wasm", "agentscript.wasm", "cloudflare.wasm"];

/// Where the parts are, seen from the program.
const PLACES: [&str; 3] = ["worker", "../worker", "../share/frontmcp-host/worker"];

/// The entry module, which is its user's from then on.
const ENTRY: &str = r#"// The Worker's entry module. `worker build` writes it once; it is yours to change.
import { createWorker } from "./frontmcp.js";
import bundle from "./bundle.json";

// The classes that the manifest's bindings.durableObjects name.
export { CLASSES } from "./frontmcp.js";

export default createWorker({ bundle });
"#;

/// Arguments of `worker build`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("private key").args(["key", "key_env"]).required(true))]
pub struct BuildArgs {
    #[command(flatten)]
    pub source: Source,
    #[command(flatten)]
    pub key: KeySource,
    /// The key's id: one of signing.trustRoots.
    #[arg(long, value_name = "KID", value_parser = kid)]
    pub kid: String,
    #[command(flatten)]
    pub claims: Claims,
    /// The folder to write.
    #[arg(short, long, value_name = "FOLDER", default_value = "dist")]
    pub out: PathBuf,
    /// The earlier wrangler configuration, whose migrations go on; the one in the folder if left out.
    #[arg(long, value_name = "FILE")]
    pub previous: Option<PathBuf>,
    /// A Durable Object class that is no longer bound and may be deleted, with its objects and all their data.
    #[arg(long, value_name = "CLASS")]
    pub allow_delete_class: Vec<String>,
    /// The Cloudflare adapter component; found next to the program if left out.
    #[arg(long, env = "FRONTMCP_ADAPTER", value_name = "FILE")]
    pub adapter: Option<PathBuf>,
    /// The folder of the Worker's parts; found next to the program if left out.
    #[arg(long, env = "FRONTMCP_WORKER", value_name = "FOLDER")]
    pub parts: Option<PathBuf>,
}

/// Builds the folder; answers exit code 0.
///
/// # Errors
/// The deployment is refused, the key is none, or something cannot be read or written.
pub fn run(args: &BuildArgs, console: &mut Console<'_>) -> anyhow::Result<i32> {
    let parts = parts(args.parts.as_deref())?;
    let configuration = configuration(args, console)?;
    let steps = console.steps(signing::STEPS + 1);
    let signed = sign(&args.source, &args.key, &args.kid, &args.claims, console, &steps)?;
    let exports = exports(&signed);
    let entry = args.out.join("worker.js");
    let is_there = entry.exists();
    if is_there {
        check_entry(&entry, &exports)?;
    }
    steps.begin("writing");
    fs::create_dir_all(&args.out).with_context(|| format!("creating {}", args.out.display()))?;
    for (name, bytes) in parts {
        write(&args.out.join(name), &bytes)?;
    }
    write(&args.out.join("bundle.json"), &signed.envelope)?;
    write(&args.out.join("wrangler.jsonc"), configuration.as_bytes())?;
    blobs(&args.out, &signed)?;
    if !is_there {
        write(&entry, ENTRY.replace("CLASSES", &exports.map(|export| export.text()).join(", ")).as_bytes())?;
    }
    drop(steps);
    console.out.write_all(next_steps(args, &signed).as_bytes()).context("writing to standard output")?;
    Ok(0)
}

/// Wrangler's configuration, which knows what was deployed before.
fn configuration(args: &BuildArgs, console: &mut Console<'_>) -> anyhow::Result<String> {
    let emit = EmitWranglerArgs {
        source: args.source.clone(),
        format: Some(Format::Jsonc),
        out: Some(args.out.join("wrangler.jsonc")),
        previous: args.previous.clone(),
        main: "worker.js".to_owned(),
        allow_delete_class: args.allow_delete_class.clone(),
        adapter: args.adapter.clone(),
    };
    let variable = |name: &str| std::env::var(name).ok();
    emit_wrangler::emit(&emit, &rfc3339(now_ms())[..10], &variable, console)
}

/// The bytes of all parts.
fn parts(given: Option<&Path>) -> anyhow::Result<Vec<(&'static str, Vec<u8>)>> {
    let folder = match given {
        Some(folder) => folder.to_owned(),
        None => beside_the_program()?,
    };
    let read = |name: &'static str| {
        let file = folder.join(name);
        let bytes =
            fs::read(&file).with_context(|| format!("reading the Worker's part {}", file.display()))?;
        Ok((name, bytes))
    };
    PARTS.into_iter().map(read).collect()
}

fn beside_the_program() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program.parent().unwrap_or(Path::new("/"));
    let places = PLACES.map(|place| folder.join(place));
    if let Some(place) = places.iter().find(|place| place.join("host.wasm").is_file()) {
        return Ok(place.clone());
    }
    let places = places.map(|place| place.display().to_string()).join(", ");
    bail!(
        "the Worker's parts are at none of {places}; build them with `cargo xtask worker` or give --parts FOLDER"
    )
}

fn write(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    files::replace(file, bytes).with_context(|| format!("writing {}", file.display()))
}

/// Artifacts that are too large for the bundle go into the bucket before the Worker starts.
fn blobs(out: &Path, signed: &Signed) -> anyhow::Result<()> {
    if signed.blobs.is_empty() {
        return Ok(());
    }
    let folder = out.join("blobs");
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    for (sha256, bytes) in &signed.blobs {
        write(&folder.join(sha256), bytes)?;
    }
    Ok(())
}

/// A class of ours, and the name that the manifest gives it.
struct Export {
    class: &'static str,
    name: String,
}

impl Export {
    /// As it stands between the braces of an `export`.
    fn text(&self) -> String {
        let Self { class, name } = self;
        if name == class { name.clone() } else { format!("{class} as {name}") }
    }
}

fn exports(signed: &Signed) -> [Export; 3] {
    let objects = &signed.bundle.manifest["bindings"]["durableObjects"];
    let named = |binding: &str| {
        let mut objects = objects.as_array().into_iter().flatten();
        objects.find(|object| object["binding"] == binding)?["className"].as_str()
    };
    let classes = [("SESSIONS", "SessionDO"), ("EVENTS", "EventStoreDO"), ("BUNDLE", "BundleDO")];
    classes.map(|(binding, class)| Export { class, name: named(binding).unwrap_or(class).to_owned() })
}

/// Whether an entry module that is somebody's own by now still exports what the manifest binds.
fn check_entry(entry: &Path, exports: &[Export]) -> anyhow::Result<()> {
    let text = fs::read_to_string(entry).with_context(|| format!("reading {}", entry.display()))?;
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let missing: Vec<String> = exports
        .iter()
        .filter(|export| !text.split(|c| !is_word(c)).any(|word| word == export.name))
        .map(Export::text)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!(
        "{} exports no class under a name that bindings.durableObjects of the manifest gives; add\n\n  export {{ {} }} from \"./frontmcp.js\";\n",
        entry.display(),
        missing.join(", ")
    )
}

fn next_steps(args: &BuildArgs, signed: &Signed) -> String {
    let folder = args.out.display();
    let mut text = format!(
        "bundle    {}\nfolder    {folder}\n\nIn {folder}:\n\n  wrangler secret put NAME     for each secret that wrangler.jsonc lists, once\n",
        signed.bundle_sha256
    );
    let buckets = signed.bundle.manifest["bindings"]["r2Buckets"].as_array();
    let bucket = buckets.into_iter().flatten().find(|bucket| bucket["binding"] == "SKILL_DATA");
    let bucket = bucket.and_then(|bucket| bucket["bucketName"].as_str()).unwrap_or("BUCKET");
    for sha256 in signed.blobs.keys() {
        text.push_str(&format!(
            "  wrangler r2 object put {bucket}/blobs/{sha256} --file blobs/{sha256} --remote\n"
        ));
    }
    text.push_str("  wrangler deploy\n");
    text
}
