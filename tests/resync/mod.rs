//! Pushed bundles against a host with real storage: every answer, in the order of the checks, and what stays as it was.

mod answers;
mod blobs;
mod restart;
mod shipped;

use std::sync::Arc;

use frontmcp_core::ports::Storage;
use frontmcp_host::store::Store;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Storage in a folder of its own.
fn storage(folder: &TempDir) -> Storage {
    let store = Arc::new(Store::open(folder.path(), 3).unwrap());
    Storage { bundles: store.clone(), blobs: store.clone(), audit: store }
}

/// Gives the server another text to greet with: the smallest change there is.
fn greet(text: &'static str) -> impl FnOnce(&mut Value) {
    move |bundle| bundle["manifest"]["server"]["instructions"] = json!(text)
}
