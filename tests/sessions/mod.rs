//! Sessions of the versions up to 2025-11-25 on a host with real storage: whose they are, what their streams say, and
//! that a restart changes nothing.

mod conversation;
mod disturbed;
mod faults;
mod limits;
mod principals;
mod resume;
mod sse;
mod told;

use std::sync::Arc;

use frontmcp_core::manifest::schema::{ApiKey, Auth};
use frontmcp_core::{Settings, Snapshot};
use frontmcp_host::store::Store;
use frontmcp_tests::{Legacy, World};

const VERSION: &str = "2025-11-25";

fn store() -> Arc<Store> {
    Arc::new(Store::in_memory().unwrap())
}

async fn world(store: &Arc<Store>) -> World {
    World::keeping(store, Settings::default(), |_| ()).await
}

async fn client(world: &World) -> Legacy {
    Legacy::new(world.host.clone()).begin(VERSION).await
}

/// Callers need a key: `alpha` or `beta`.
fn keyed(snapshot: &mut Snapshot) {
    let manifest = Arc::make_mut(snapshot.manifest.as_mut().unwrap());
    let api_key = ApiKey { header: "X-API-Key".to_owned(), allowlist_secret: "API_KEYS".to_owned() };
    manifest.auth = Auth::ApiKey { api_key };
}
