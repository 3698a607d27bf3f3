//! Cloudflare as a target: what its tool needs to deploy a manifest, and what stands in the way. Acts on nothing.

mod changes;
mod config;
mod emit;
mod finding;
mod jsonc;
mod manifest;
mod migrations;
mod toml;
mod validate;

use crate::exports::frontmcp::adapter::target as wit;

use manifest::Manifest;

impl wit::Guest for crate::Adapter {
    fn validate(manifest_json: String, env: Option<String>, today: String) -> Vec<wit::Finding> {
        let mut findings = match Manifest::read(&manifest_json) {
            Ok(manifest) => validate::validate(&manifest, env.as_deref(), &today),
            Err(reason) => vec![finding::error("manifest", "", reason)],
        };
        for finding in &mut findings {
            finding.environment.clone_from(&env);
        }
        findings
    }

    fn emit(manifest_json: String, env: Option<String>, options: wit::Options) -> wit::Emitted {
        emit::emit(&manifest_json, env.as_deref(), &options)
    }

    fn structural_changes(active: String, candidate: String) -> Vec<wit::Change> {
        changes::structural(&active, &candidate).unwrap_or_else(|reason| {
            // What cannot be compared must not pass for the same.
            vec![wit::Change {
                setting: "manifest".to_owned(),
                message: format!("a manifest is not JSON: {reason}"),
            }]
        })
    }
}
