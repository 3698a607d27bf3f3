//! `frontmcp-host check`: every error and lint of a deployment at once. Serves nothing and changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use frontmcp_core::findings::{Finding, has_errors};
use frontmcp_core::registry::apply::apply;
use serde_json::json;

use crate::cli::Source;
use crate::deployment::{self, Options};
use crate::render;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// What to check.
    #[command(flatten)]
    pub source: Source,
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
    let mut findings = findings(&args.source);
    match args.format {
        Format::Text => out.write_all(report(&args.source.manifest, &mut findings).as_bytes())?,
        Format::Json => {
            render::sort(&mut findings);
            let render::Counts { errors, warnings } = render::count(&findings);
            let report = json!({ "findings": findings, "errors": errors, "warnings": warnings });
            serde_json::to_writer_pretty(&mut *out, &report)?;
            writeln!(out)?;
        }
    }
    Ok(i32::from(has_errors(&findings)))
}

/// Everything there is to say about a deployment.
fn findings(source: &Source) -> Vec<Finding> {
    let variable = |name: &str| std::env::var(name).ok();
    let options = Options { environment: source.env.as_deref(), variable: &variable, download: None };
    let (deployment, mut findings) = deployment::load(&source.manifest, &options);
    if let Some(deployment) = deployment {
        findings.extend(apply(deployment).1);
    }
    findings
}

/// Findings for people, in order, with the lines they are about.
pub(crate) fn report(manifest: &Path, findings: &mut [Finding]) -> String {
    render::sort(findings);
    render::text(findings, &sources(manifest, findings))
}

/// The texts of the files that findings are about, as far as they can be read again. Files are named relative to the
/// manifest's folder.
pub(crate) fn sources(manifest: &Path, findings: &[Finding]) -> BTreeMap<String, String> {
    let folder = manifest.parent().unwrap_or(Path::new(""));
    let files = findings.iter().filter_map(|finding| finding.location.as_ref()).map(|place| &place.file);
    files.filter_map(|file| Some((file.clone(), fs::read_to_string(folder.join(file)).ok()?))).collect()
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
