//! Who is calling, by what the manifest's provider asks for. Never keeps a credential, and never looks at a message.

use http::HeaderMap;
use http::header::HeaderValue;

use crate::manifest::schema::Auth;

pub mod api_key;

/// The caller is nobody we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unauthorized {
    /// What is missing or wrong; never the credential.
    pub message: &'static str,
    /// `WWW-Authenticate` (RFC 9110 section 11.6.1).
    pub challenge: HeaderValue,
}

/// Finds out who sends a request. `secret` looks up the value of a secret that the manifest names.
///
/// # Errors
/// The request carries no credential that is accepted.
pub fn authenticate(
    auth: &Auth,
    headers: &HeaderMap,
    secret: &dyn Fn(&str) -> Option<String>,
) -> Result<Principal, Unauthorized> {
    match auth {
        Auth::None {} => Ok(Principal::anonymous()),
        Auth::ApiKey { api_key } => api_key::authenticate(api_key, headers, secret),
        // Refused at start and when pushed, so that this is never asked; open it is not in any case.
        Auth::Frontegg { .. } | Auth::Oauth { .. } => Err(Unauthorized {
            message: "this server cannot check tokens",
            challenge: HeaderValue::from_static("Bearer"),
        }),
    }
}

/// The caller: issuer, subject and tenant, never a token.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Principal {
    /// Who vouches for the subject; empty for anonymous.
    pub issuer: String,
    /// Who it is; `anonymous` without authentication.
    pub subject: String,
    /// On whose behalf, if tenants exist.
    pub tenant: Option<String>,
}

impl Principal {
    /// The one caller of a server without authentication.
    pub fn anonymous() -> Self {
        Self { issuer: String::new(), subject: "anonymous".to_owned(), tenant: None }
    }

    /// Whether nobody vouches for the caller.
    pub fn is_anonymous(&self) -> bool {
        self.issuer.is_empty()
    }

    /// `issuer|subject|tenant`. A `|` or `%` inside a part is written `%7C` or `%25`, so that nobody's name is somebody
    /// else's.
    pub fn key(&self) -> String {
        let part = |text: &str| text.replace('%', "%25").replace('|', "%7C");
        let tenant = self.tenant.as_deref().unwrap_or_default();
        format!("{}|{}|{}", part(&self.issuer), part(&self.subject), part(tenant))
    }

    /// Whether a key is that of a caller nobody vouches for.
    pub fn is_anonymous_key(key: &str) -> bool {
        key.starts_with('|')
    }
}
