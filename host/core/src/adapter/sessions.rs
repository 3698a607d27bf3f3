//! `ports::Sessions` over an adapter.

use super::{Adapter, MAX_INTEGER, Value, rows};
use crate::ports::sessions::{Created, Session, SessionLimits};
use crate::ports::{BoxFuture, Sessions};
use crate::reject::Fault;

/// What no count ever reaches.
fn bound(limit: u64) -> Value {
    Value::Integer(i64::try_from(limit).unwrap_or(MAX_INTEGER).min(MAX_INTEGER))
}

impl Sessions for Adapter {
    fn create(
        &self,
        id: &str,
        session: Session,
        limits: SessionLimits,
    ) -> BoxFuture<'_, Result<Created, Fault>> {
        let Session { principal, version, level, seen_ms } = session;
        let arguments = vec![
            id.into(),
            principal.into(),
            version.into(),
            level.into(),
            seen_ms.into(),
            bound(limits.total),
            bound(limits.per_principal),
        ];
        Box::pin(async move {
            let mut answer = self.ask("sessions.create", arguments).await?;
            match rows::only(&mut answer, 0)?.text()?.as_str() {
                "kept" => Ok(Created::Kept),
                "total" => Ok(Created::TooMany),
                "principal" => Ok(Created::TooManyOfPrincipal),
                other => Err(Fault::new(format!("storage: sessions.create answered {other}"))),
            }
        })
    }

    fn get(&self, id: &str) -> BoxFuture<'_, Result<Option<Session>, Fault>> {
        let arguments = vec![id.into()];
        Box::pin(async move {
            let mut answer = self.ask("sessions.get", arguments).await?;
            let Some(mut row) = rows::first(&mut answer, 0) else { return Ok(None) };
            Ok(Some(Session {
                principal: row.text()?,
                version: row.text()?,
                level: row.optional_text()?,
                seen_ms: row.number()?,
            }))
        })
    }

    fn touch(&self, id: &str, seen_ms: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        self.any("sessions.touch", vec![id.into(), seen_ms.into()])
    }

    fn agree(&self, id: &str, version: &str) -> BoxFuture<'_, Result<(), Fault>> {
        let arguments = vec![id.into(), version.into()];
        Box::pin(self.tell("sessions.agree", arguments))
    }

    fn set_level(&self, id: &str, level: &str) -> BoxFuture<'_, Result<(), Fault>> {
        let arguments = vec![id.into(), level.into()];
        Box::pin(self.tell("sessions.set-level", arguments))
    }

    fn subscribe(&self, id: &str, uri: &str, max: usize) -> BoxFuture<'_, Result<bool, Fault>> {
        let arguments = vec![id.into(), uri.into(), max.into()];
        Box::pin(async move {
            let mut answer = self.ask("sessions.subscribe", arguments).await?;
            rows::only(&mut answer, 0)?.flag()
        })
    }

    fn unsubscribe(&self, id: &str, uri: &str) -> BoxFuture<'_, Result<(), Fault>> {
        let arguments = vec![id.into(), uri.into()];
        Box::pin(self.tell("sessions.unsubscribe", arguments))
    }

    fn subscriptions(&self, id: &str) -> BoxFuture<'_, Result<Vec<String>, Fault>> {
        self.texts("sessions.subscriptions", vec![id.into()])
    }

    fn end(&self, id: &str) -> BoxFuture<'_, Result<bool, Fault>> {
        self.any("sessions.end", vec![id.into()])
    }

    fn expire(&self, before_ms: u64, max: usize) -> BoxFuture<'_, Result<Vec<String>, Fault>> {
        self.texts("sessions.expire", vec![before_ms.into(), max.into()])
    }

    fn count(&self) -> BoxFuture<'_, Result<u64, Fault>> {
        Box::pin(async move {
            let mut answer = self.ask("sessions.count", Vec::new()).await?;
            rows::only(&mut answer, 0)?.number()
        })
    }
}

impl Adapter {
    /// Whether the procedure found a row.
    pub(super) fn any(
        &self,
        procedure: &'static str,
        arguments: Vec<Value>,
    ) -> BoxFuture<'_, Result<bool, Fault>> {
        Box::pin(async move {
            let mut answer = self.ask(procedure, arguments).await?;
            Ok(rows::first(&mut answer, 0).is_some())
        })
    }

    /// The texts that the procedure found.
    pub(super) fn texts(
        &self,
        procedure: &'static str,
        arguments: Vec<Value>,
    ) -> BoxFuture<'_, Result<Vec<String>, Fault>> {
        Box::pin(async move {
            let mut answer = self.ask(procedure, arguments).await?;
            rows::of(&mut answer, 0).iter_mut().map(rows::Row::text).collect()
        })
    }
}
