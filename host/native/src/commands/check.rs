//! `frontmcp-host check`: every error and lint of a deployment at once. Serves nothing and changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use frontmcp_core::findings::{Finding, has_errors};
use frontmcp_core::manifest::{self, Manifest};
use serde_json::json;

use crate::{documents, render};

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// The manifest.
    #[arg(long, default_value = "frontmcp.deploy.yaml", value_name = "FILE")]
    pub manifest: PathBuf,
    /// Check the deployment as this environment sees it.
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// How to print findings.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// How to print findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object with `findings`, `errors` and `warnings`.
    Json,
}

/// Prints every finding; answers exit code 1 if any is an error, else 0.
///
/// # Errors
/// `out` cannot be written to.
pub fn run(args: &CheckArgs, out: &mut dyn Write) -> anyhow::Result<i32> {
    let (_, mut findings) =
        read_manifest(&args.manifest, args.env.as_deref(), &|name| std::env::var(name).ok());
    render::sort(&mut findings);
    match args.format {
        Format::Text => out.write_all(render::text(&findings, &sources(&findings)).as_bytes())?,
        Format::Json => {
            let render::Counts { errors, warnings } = render::count(&findings);
            let report = json!({ "findings": findings, "errors": errors, "warnings": warnings });
            serde_json::to_writer_pretty(&mut *out, &report)?;
            writeln!(out)?;
        }
    }
    Ok(i32::from(has_errors(&findings)))
}

/// The manifest as `environment` sees it, with every finding about the file. With errors there is none.
pub fn read_manifest(
    path: &Path,
    environment: Option<&str>,
    lookup: &manifest::interpolate::Lookup<'_>,
) -> (Option<Manifest>, Vec<Finding>) {
    let file = path.display().to_string();
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            return (None, vec![Finding::error("unreadable", format!("cannot read {file}: {error}"))]);
        }
    };
    parse_manifest(&file, &bytes, environment, lookup)
}

fn parse_manifest(
    file: &str,
    bytes: &[u8],
    environment: Option<&str>,
    lookup: &manifest::interpolate::Lookup<'_>,
) -> (Option<Manifest>, Vec<Finding>) {
    let mut document = match documents::decode(file, bytes).and_then(|text| documents::read_any(file, text)) {
        Ok(document) => document,
        Err(findings) => return (None, findings),
    };
    let mut findings = manifest::interpolate::interpolate(&mut document, environment, lookup);
    let manifest = match manifest::parse(&document) {
        Ok(manifest) => manifest,
        Err(more) => {
            let missing: Vec<_> = findings.iter().map(|finding| finding.location.clone()).collect();
            findings.extend(more.into_iter().filter(|finding| !missing.contains(&finding.location)));
            return (None, findings);
        }
    };
    findings.extend(manifest::check::check(&document));
    let effective = match environment {
        None => manifest,
        Some(name) => match manifest::overlay::effective(&manifest, name) {
            Ok(effective) => effective,
            Err(reject) => {
                let place = document.key_at("/environments");
                findings.push(Finding::error("unknown-environment", reject.message).at(place));
                return (None, findings);
            }
        },
    };
    let sound = !has_errors(&findings);
    (sound.then_some(effective), findings)
}

/// The texts of the files that findings are about, as far as they can be read again.
fn sources(findings: &[Finding]) -> BTreeMap<String, String> {
    let files =
        findings.iter().filter_map(|finding| finding.location.as_ref()).map(|place| place.file.as_str());
    files.filter_map(|file| Some((file.to_owned(), fs::read_to_string(file).ok()?))).collect()
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
