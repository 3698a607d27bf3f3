//! `frontmcp-host deploy keygen`: a key pair, and where its halves belong. Never overwrites a file and never prints
//! the private half.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use frontmcp_core::bundle::keys::Algorithm;
use serde_json::{Value, json};

use super::{Console, algorithm_name, kid};
use crate::documents;
use crate::files;
use crate::keys::PrivateKey;

/// Arguments of `deploy keygen`.
#[derive(Debug, clap::Args)]
pub struct KeygenArgs {
    /// The key's id in envelopes and in signing.trustRoots.
    #[arg(long, value_name = "KID", value_parser = kid)]
    pub kid: String,
    /// Where to write the private key (PKCS#8 PEM, mode 0600); a file that is there already is left alone.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// What the key signs with; has to be the manifest's signing.algorithm.
    #[arg(long, value_enum, default_value_t)]
    pub algorithm: KeyAlgorithm,
    /// The manifest that says which secret holds the public key; need not be there.
    #[arg(long, env = "FRONTMCP_MANIFEST", default_value = "frontmcp.deploy.yaml", value_name = "FILE")]
    pub manifest: PathBuf,
    /// Print one JSON object: kid, algorithm, file, publicKey, jwk, thumbprint, secret.
    #[arg(long)]
    pub json: bool,
}

/// What a key signs with, in the manifest's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum KeyAlgorithm {
    /// Ed25519.
    #[default]
    Ed25519,
    /// RSASSA-PKCS1-v1_5 with SHA-256, 3072 bits.
    Rs256,
}

impl From<KeyAlgorithm> for Algorithm {
    fn from(algorithm: KeyAlgorithm) -> Self {
        match algorithm {
            KeyAlgorithm::Ed25519 => Self::EdDsa,
            KeyAlgorithm::Rs256 => Self::Rs256,
        }
    }
}

/// Writes the private key, prints the public one, and answers exit code 0.
///
/// # Errors
/// The file is there already or cannot be written.
pub fn run(args: &KeygenArgs, console: &mut Console<'_>) -> anyhow::Result<i32> {
    let file = args.out.display();
    if args.out.symlink_metadata().is_ok() {
        bail!("{file} is there already; keys are never overwritten");
    }
    let steps = console.steps(1);
    steps.begin("making the key");
    let key = PrivateKey::generate(args.algorithm.into());
    drop(steps);
    files::create_private(&args.out, key.to_pem().as_bytes()).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            anyhow::anyhow!("{file} is there already; keys are never overwritten")
        }
        _ => anyhow::Error::from(error).context(format!("writing {file}")),
    })?;
    let home = Home::find(args, console)?;
    if args.json {
        let report = json!({
            "kid": args.kid, "algorithm": algorithm_name(key.algorithm()), "file": args.out,
            "publicKey": key.public().to_pem(), "jwk": with_kid(key.public().to_jwk(), &args.kid),
            "thumbprint": key.public().thumbprint(), "secret": home.secret,
        });
        serde_json::to_writer_pretty(&mut *console.out, &report)?;
        writeln!(console.out)?;
    } else {
        console
            .out
            .write_all(explained(args, &key, &home).as_bytes())
            .context("writing to standard output")?;
    }
    Ok(0)
}

fn with_kid(mut jwk: Value, kid: &str) -> Value {
    jwk["kid"] = kid.into();
    jwk
}

/// Where servers look for the public key.
struct Home {
    secret: String,
    /// Whether the manifest has a trust root with this kid.
    trusted: bool,
}

impl Home {
    fn find(args: &KeygenArgs, console: &mut Console<'_>) -> anyhow::Result<Self> {
        let signing = signing(&args.manifest);
        let algorithm = signing.as_ref().and_then(|signing| signing.get("algorithm")?.as_str());
        let wanted = algorithm_name(args.algorithm.into());
        if let Some(other) = algorithm.filter(|name| *name != wanted) {
            writeln!(
                console.err,
                "warning: {} says `signing.algorithm: {other}`; a key for {wanted} is of no use there",
                args.manifest.display()
            )?;
        }
        let roots = signing.as_ref().and_then(|signing| signing.get("trustRoots")?.as_array());
        let root =
            roots.into_iter().flatten().find(|root| root.get("kid").is_some_and(|kid| *kid == args.kid));
        let secret = root.and_then(|root| root.get("publicKeySecret")?.as_str());
        Ok(Self {
            trusted: secret.is_some(),
            secret: secret.map_or_else(|| secret_name(&args.kid), str::to_owned),
        })
    }
}

/// The manifest's `signing`, as far as it can be read: whatever else is wrong with it, `check` tells.
fn signing(manifest: &Path) -> Option<Value> {
    let text = fs::read_to_string(manifest).ok()?;
    let document = documents::read_any(&manifest.to_string_lossy(), &text).ok()?;
    document.value.get("signing").cloned()
}

/// `acme-shop-2026` → `ACME_SHOP_2026_PUBLIC_KEY`.
fn secret_name(kid: &str) -> String {
    let words = kid.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut name = words.collect::<Vec<_>>().join("_").to_ascii_uppercase();
    if !name.starts_with(|c: char| c.is_ascii_uppercase()) {
        name.insert_str(0, if name.is_empty() { "BUNDLE" } else { "BUNDLE_" });
    }
    const SUFFIX: &str = "_PUBLIC_KEY";
    // Names of secrets have at most 128 characters.
    name.truncate(128 - SUFFIX.len());
    name + SUFFIX
}

fn explained(args: &KeygenArgs, key: &PrivateKey, home: &Home) -> String {
    let (file, manifest, secret) = (args.out.display(), args.manifest.display(), &home.secret);
    let algorithm = algorithm_name(key.algorithm());
    let kid = yaml_text(&args.kid);
    let public = key.public();
    let first = format!(
        "private key: {file} (mode 0600); keep it out of the repository\n\
         public key:  {algorithm}, thumbprint {}\n\n{}\n",
        public.thumbprint(),
        public.to_pem()
    );
    let trust = if home.trusted {
        format!("1. {manifest} trusts {kid} already, with the key in the secret {secret}.\n")
    } else {
        format!(
            "1. Add to {manifest}:\n\n\
             signing:\n  algorithm: {algorithm}\n  trustRoots:\n    - kid: {kid}\n      publicKeySecret: {secret}\n\
             secrets:\n  - name: {secret}\n    required: false\n    description: Public key that bundles are verified with\n\n"
        )
    };
    format!(
        "{first}{trust}\
         2. Give every server the public key as the secret {secret}: the PEM above, in the environment or as a file\n   \
         in --secrets-dir. It can be on one line, with \\n for line breaks.\n\
         3. Push: frontmcp-host deploy push --url URL --key {file} --kid {kid}\n"
    )
}

/// A text as YAML takes it.
fn yaml_text(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    if plain { text.to_owned() } else { Value::from(text).to_string() }
}

#[cfg(test)]
#[path = "keygen_tests.rs"]
mod tests;
