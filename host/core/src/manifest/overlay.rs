//! `environments.<name>` laid over the base manifest. Injects no defaults.

use super::schema::{Manifest, Overlay, Skills};
use crate::reject::Reject;

/// The manifest as the environment `name` sees it.
///
/// # Errors
/// An environment the manifest does not declare; the message lists those it does.
pub fn effective(manifest: &Manifest, name: &str) -> Result<Manifest, Reject> {
    let Some(overlay) = manifest.environments.get(name) else {
        return Err(unknown(manifest, name));
    };
    let mut effective = manifest.clone();
    apply(&mut effective, overlay.clone());
    Ok(effective)
}

fn unknown(manifest: &Manifest, name: &str) -> Reject {
    let known: Vec<&str> = manifest.environments.keys().map(String::as_str).collect();
    let known = if known.is_empty() {
        "it declares none".to_owned()
    } else {
        format!("it declares {}", known.join(", "))
    };
    Reject::new("unknown_environment", format!("the manifest has no environment `{name}`; {known}"))
}

/// Exhaustive on purpose: a new overlay key does not compile until it is applied.
fn apply(base: &mut Manifest, overlay: Overlay) {
    let Overlay { server, specs, skills, classification, bindings, auth, vars } = overlay;
    if let Some(server) = server {
        replace(&mut base.server.info, server.info);
        base.server.instructions = server.instructions.or(base.server.instructions.take());
    }
    if let Some(skills) = skills {
        merge_skills(base.skills.get_or_insert_default(), skills);
    }
    base.classification = classification.or(base.classification.take());
    replace(&mut base.specs, specs);
    replace(&mut base.bindings, bindings);
    replace(&mut base.auth, auth);
    base.bindings.vars.extend(vars.unwrap_or_default());
}

fn merge_skills(base: &mut Skills, overlay: Skills) {
    base.source = overlay.source.or(base.source.take());
    base.always_load = overlay.always_load.or(base.always_load.take());
    base.tags = overlay.tags.or(base.tags.take());
}

fn replace<T>(base: &mut T, overlay: Option<T>) {
    if let Some(overlay) = overlay {
        *base = overlay;
    }
}
