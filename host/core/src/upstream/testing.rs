//! What the tests of this floor share: a spec in memory, and the terms of a call.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Next, Plan, Terms, Tokens, ToolError, plan};
use crate::findings::Document;
use crate::openapi::load::{SpecSource, load};
use crate::openapi::operation::{Operation, Spec};
use crate::ports::{Outbound, Secrets};
use crate::settings::UpstreamSettings;

/// An OpenAPI 3.1 description with these paths.
pub(super) fn description(paths: &Value) -> Value {
    json!({ "openapi": "3.1.0", "info": { "title": "T" }, "servers": [{ "url": "https://api.test/v1" }], "paths": paths })
}

pub(super) struct Fixture {
    pub(super) spec: Spec,
    pub(super) declared: Vec<String>,
    pub(super) secrets: Map,
    pub(super) tokens: Tokens,
    pub(super) settings: UpstreamSettings,
    pub(super) now_ms: u64,
}

#[derive(Default)]
pub(super) struct Map(pub(super) BTreeMap<String, String>);

impl Secrets for Map {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

impl Fixture {
    pub(super) fn new(description: Value) -> Self {
        let source =
            SpecSource { id: "acme".into(), spec: "acme.json".into(), base_url: None, binding_name: None };
        let document = Document { file: "acme.json".into(), value: description, ..Document::default() };
        let (spec, findings) = load(&source, document, &mut |name| Err(format!("no {name}")));
        Self {
            spec: spec.unwrap_or_else(|| panic!("{findings:#?}")),
            declared: Vec::new(),
            secrets: Map::default(),
            tokens: Tokens::default(),
            settings: UpstreamSettings::default(),
            now_ms: 1_000_000,
        }
    }

    /// Binds and declares a secret.
    pub(super) fn secret(mut self, name: &str, value: &str) -> Self {
        self.declared.push(name.to_owned());
        self.secrets.0.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(super) fn operation(&self, reference: &str) -> Operation {
        let (operation, findings) = self.spec.resolve(reference);
        operation.map_or_else(|| panic!("{findings:#?}"), std::sync::Arc::unwrap_or_clone)
    }

    pub(super) fn plan(&self, reference: &str, input: &Value) -> Result<Next, ToolError> {
        let terms = Terms {
            spec: &self.spec,
            declared: &self.declared,
            secrets: &self.secrets,
            tokens: &self.tokens,
            settings: &self.settings,
            nonce: [7; 16],
            now_ms: self.now_ms,
        };
        plan(&self.operation(reference), input, &terms)
    }

    pub(super) fn ready(&self, reference: &str, input: &Value) -> Result<Plan, ToolError> {
        match self.plan(reference, input)? {
            Next::Send(plan) => Ok(plan),
            Next::Token(request) => panic!("wants a token: {request:?}"),
        }
    }

    pub(super) fn send(&self, reference: &str, input: &Value) -> Result<Outbound, ToolError> {
        self.ready(reference, input).map(|plan| plan.outbound)
    }
}
