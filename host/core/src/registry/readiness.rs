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
    findings.extend(unmet_auth(&manifest.auth, bound));
    findings
}

fn unmet_auth(auth: &Auth, bound: &dyn Fn(&str) -> bool) -> Option<Finding> {
    match auth {
        Auth::None {} => None,
        Auth::ApiKey { api_key } if http::HeaderName::from_bytes(api_key.header.as_bytes()).is_err() => {
            let message = format!("`auth.apiKey.header`: {:?} is no name of an HTTP header", api_key.header);
            Some(Finding::error("auth-header", message).hint("Use letters, digits and `-`, e.g. X-API-Key"))
        }
        Auth::ApiKey { api_key } if !bound(&api_key.allowlist_secret) => {
            let message =
                format!("Nobody could use this server: the secret {} has no keys", api_key.allowlist_secret);
            Some(Finding::error("auth-no-keys", message).hint("Put one key on each line of it"))
        }
        Auth::ApiKey { .. } => None,
        Auth::Frontegg { .. } | Auth::Oauth { .. } => {
            let message = "The manifest asks for authentication that this version does not have";
            Some(Finding::error("auth-unsupported", message).hint(
                "Serve an environment with `auth: { provider: none }` or `apiKey`, behind something that checks tokens",
            ))
        }
    }
}
