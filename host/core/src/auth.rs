//! Who is calling. Version 1 knows the anonymous principal only; providers join behind the same type.

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
}
