//! Whether this server can serve a manifest: secrets it needs, authentication it asks for. Never sees a secret's value.

use crate::findings::Finding;
use crate::manifest::Manifest;
use crate::manifest::schema::Auth;

/// What keeps this server from serving `manifest`; `bound` tells whether a secret has a value.
pub fn unmet(manifest: &Manifest, bound: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let missing = manifest.secrets.iter().filter(|secret| secret.required && !bound(&secret.name));
    for secret in missing {
        findings.push(
            Finding::error("secret-not-bound", format!("The required secret {} is not bound", secret.name)).hint(
                "Set it in the environment, as a file in --secrets-dir, or in .dev.vars with --dev; on a Worker with \
                 `wrangler secret put`",
            ),
        );
    }
    if !matches!(manifest.auth, Auth::None {}) {
        findings.push(
            Finding::error(
                "auth-unsupported",
                "The manifest asks for authentication that this version does not have",
            )
            .hint(
                "Serve an environment with `auth: { provider: none }`, behind something that authenticates",
            ),
        );
    }
    findings
}
