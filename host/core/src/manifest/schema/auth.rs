//! Who may use the server. Never holds a secret, only the names of secrets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CONSTANT;

/// Who may use the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "provider", rename_all = "camelCase", deny_unknown_fields)]
pub enum Auth {
    /// Everyone who reaches it.
    None {},
    /// Users of a Frontegg tenant.
    Frontegg {
        /// Its settings.
        frontegg: Frontegg,
    },
    /// Holders of an OAuth 2.1 access token.
    Oauth {
        /// Its settings.
        oauth: Oauth,
    },
    /// Holders of a key.
    #[serde(rename_all = "camelCase")]
    ApiKey {
        /// Its settings.
        api_key: ApiKey,
    },
}

/// Frontegg's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Frontegg {
    /// Where a request says which tenant it is for.
    #[serde(default)]
    pub tenant_resolver: TenantResolver,
    /// The `aud` that tokens must carry.
    #[schemars(length(min = 1, max = 256))]
    pub audience: String,
    /// The secret that holds the issuer's URL.
    #[schemars(length(min = 1, max = 128), regex(pattern = CONSTANT))]
    pub issuer_secret: String,
}

/// Where a request says which tenant it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TenantResolver {
    /// The first label of the host name.
    #[default]
    Subdomain,
    /// The header `frontegg-tenant-id`.
    Header,
    /// The claim `tenantId`.
    JwtClaim,
}

/// An authorization server's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Oauth {
    /// The issuer's URL.
    #[schemars(url)]
    pub issuer: String,
    /// The `aud` that tokens must carry.
    #[schemars(length(min = 1, max = 256))]
    pub audience: String,
    /// The secret that holds client credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), regex(pattern = CONSTANT))]
    pub credentials_secret: Option<String>,
}

/// Keys' settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiKey {
    /// The header that carries the key.
    #[serde(default = "header")]
    #[schemars(length(min = 1, max = 64))]
    pub header: String,
    /// The secret that holds the accepted keys, one per line.
    #[schemars(length(min = 1, max = 128), regex(pattern = CONSTANT))]
    pub allowlist_secret: String,
}

fn header() -> String {
    "X-API-Key".to_owned()
}
