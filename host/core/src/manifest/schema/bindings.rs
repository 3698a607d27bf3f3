//! What the platform binds to the deployment. Says nothing about what is stored there.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CONSTANT, IDENT};

/// What the platform binds to the deployment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bindings {
    /// Durable Objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub durable_objects: Vec<DurableObject>,
    /// D1 databases.
    #[serde(default, rename = "d1Databases", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub d1_databases: Vec<D1Database>,
    /// KV namespaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub kv_namespaces: Vec<KvNamespace>,
    /// R2 buckets.
    #[serde(default, rename = "r2Buckets", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub r2_buckets: Vec<R2Bucket>,
    /// Variables, visible to everyone who can read the deployment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("additionalProperties" = { "type": "string", "maxLength": 4096 }))]
    #[schemars(extend("propertyNames" = { "minLength": 1, "maxLength": 128 }))]
    pub vars: BTreeMap<String, String>,
}

/// A Durable Object class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DurableObject {
    /// Its name in the deployment.
    #[schemars(length(min = 1, max = 128), regex(pattern = CONSTANT))]
    pub binding: String,
    /// The class.
    #[schemars(length(min = 1, max = 128), regex(pattern = IDENT))]
    pub class_name: String,
    /// The script that exports the class, if another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub script_name: Option<String>,
}

/// A D1 database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct D1Database {
    /// Its name in the deployment.
    #[schemars(length(min = 1, max = 128), regex(pattern = CONSTANT))]
    pub binding: String,
    /// Its name on the platform.
    #[schemars(length(min = 1, max = 256))]
    pub database_name: String,
    /// Its id on the platform.
    #[schemars(length(min = 1, max = 128))]
    pub database_id: String,
}

/// A KV namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KvNamespace {
    /// Its name in the deployment.
    #[schemars(length(min = 1, max = 128), regex(pattern = CONSTANT))]
    pub binding: String,
    /// Its id on the platform.
    #[schemars(length(min = 1, max = 128))]
    pub id: String,
}

/// An R2 bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct R2Bucket {
    /// Its name in the deployment.
    #[schemars(length(min = 1, max = 128), regex(pattern = CONSTANT))]
    pub binding: String,
    /// Its name on the platform.
    #[schemars(length(min = 1, max = 256))]
    pub bucket_name: String,
}
