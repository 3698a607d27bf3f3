//! Whose bundles are accepted: the operator's keys, then the trust roots of the manifest that is live. Never trusts
//! what an envelope says about itself beyond the name of the key it asks for.

use crate::bundle::keys::{Algorithm, PublicKey};
use crate::findings::Finding;
use crate::flow::Resources;
use crate::manifest::Manifest;
use crate::manifest::schema::{self, TrustRoot};

/// Seconds an envelope may be away from now if no manifest says otherwise.
const DEFAULT_WINDOW_S: u64 = 300;

/// What a push is admitted by.
pub(crate) struct Trust<'a> {
    resources: &'a Resources,
    manifest: Option<&'a Manifest>,
}

impl<'a> Trust<'a> {
    pub(crate) fn new(resources: &'a Resources, manifest: Option<&'a Manifest>) -> Self {
        Self { resources, manifest }
    }

    /// How far `iat` may be away from now, in seconds, either way.
    pub(crate) fn window_s(&self) -> u64 {
        self.manifest.map_or(DEFAULT_WINDOW_S, |manifest| manifest.signing.replay.window_seconds.into())
    }

    /// The key called `kid`.
    ///
    /// # Errors
    /// Why there is none, safe to tell anybody: names only.
    pub(crate) fn key(&self, kid: &str) -> Result<PublicKey, String> {
        let operators = &self.resources.settings.resync.trust_roots;
        if let Some((_, text)) = operators.iter().find(|(known, _)| known == kid) {
            return PublicKey::parse(text)
                .map_err(|error| format!("the operator's key is unusable: {error}"));
        }
        let unknown = || "the envelope's kid is not among the trust roots of this server".to_owned();
        let manifest = self.manifest.ok_or_else(unknown)?;
        let root = manifest.signing.trust_roots.iter().find(|root| root.kid == kid).ok_or_else(unknown)?;
        self.bound_key(root, manifest.signing.algorithm)
    }

    fn bound_key(&self, root: &TrustRoot, wanted: schema::Algorithm) -> Result<PublicKey, String> {
        let name = &root.public_key_secret;
        let text = self.resources.ports.secrets.get(name).filter(|text| !text.trim().is_empty());
        let text =
            text.ok_or_else(|| format!("the secret {name}, which holds the public key, is not bound"))?;
        let key = PublicKey::parse(&text)
            .map_err(|error| format!("the secret {name} holds no usable public key: {error}"))?;
        let wanted = match wanted {
            schema::Algorithm::Ed25519 => Algorithm::EdDsa,
            schema::Algorithm::Rs256 => Algorithm::Rs256,
        };
        if key.algorithm() == wanted {
            Ok(key)
        } else {
            Err(format!(
                "the key in {name} is for {}, but signing.algorithm asks for {wanted}",
                key.algorithm()
            ))
        }
    }

    /// What would keep everybody from pushing after `manifest` is live.
    pub(crate) fn lockout(&self, manifest: &Manifest) -> Option<Finding> {
        let signing = &manifest.signing;
        let reasons: Vec<String> = signing
            .trust_roots
            .iter()
            .map_while(|root| {
                Some(format!("{}: {}", root.kid, self.bound_key(root, signing.algorithm).err()?))
            })
            .collect();
        let usable = reasons.len() < signing.trust_roots.len()
            || !self.resources.settings.resync.trust_roots.is_empty();
        let locked_out = !usable;
        locked_out.then(|| {
            let message = format!(
                "Nobody could push after this bundle, since no trust root is usable ({})",
                reasons.join("; ")
            );
            Finding::error("trust-lockout", message)
                .hint("Bind the secrets that `signing.trustRoots` names first")
        })
    }
}
