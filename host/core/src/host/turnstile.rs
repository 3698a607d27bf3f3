//! How many calls run, or streams are read, at once: in total, and for each principal. Never makes anybody wait: whoever
//! comes too often is told so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::auth::Principal;

/// Counts calls, or streams.
pub(crate) struct Turnstile {
    limits: Limits,
    inside: Mutex<Inside>,
}

/// How many there may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) total: usize,
    pub(crate) per_principal: usize,
}

#[derive(Default)]
struct Inside {
    total: usize,
    of_principal: HashMap<String, usize>,
}

/// Why there is no place now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crowded {
    /// There are as many as there may be.
    Total,
    /// The principal has as many as one may have.
    Principal,
}

/// A place. Dropping it gives the place up.
#[derive(Debug)]
pub(crate) struct Pass {
    turnstile: Arc<Turnstile>,
    /// `None` for callers that nobody can tell apart.
    principal: Option<String>,
}

impl std::fmt::Debug for Turnstile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Turnstile").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Turnstile {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, inside: Mutex::default() })
    }

    /// A place for one more.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn enter(self: &Arc<Self>, principal: &Principal) -> Result<Arc<Pass>, Crowded> {
        self.enter_as((!principal.is_anonymous()).then(|| principal.key()))
    }

    /// The same for who has this key; `None` for callers that nobody can tell apart.
    pub(crate) fn enter_as(self: &Arc<Self>, key: Option<String>) -> Result<Arc<Pass>, Crowded> {
        let mut inside = self.inside();
        if inside.total >= self.limits.total {
            return Err(Crowded::Total);
        }
        let theirs = key.as_ref().and_then(|key| inside.of_principal.get(key));
        if theirs.is_some_and(|theirs| *theirs >= self.limits.per_principal) {
            return Err(Crowded::Principal);
        }
        Ok(self.count(&mut inside, key))
    }

    /// A place for who takes that of another who is about to leave it: it counts, and there always is one.
    pub(crate) fn enter_ahead(self: &Arc<Self>, key: Option<String>) -> Arc<Pass> {
        self.count(&mut self.inside(), key)
    }

    fn count(self: &Arc<Self>, inside: &mut Inside, key: Option<String>) -> Arc<Pass> {
        inside.total += 1;
        if let Some(key) = &key {
            *inside.of_principal.entry(key.clone()).or_default() += 1;
        }
        Arc::new(Pass { turnstile: self.clone(), principal: key })
    }

    /// No code panics between two writes, so a poisoned lock is as good as any.
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut inside = self.turnstile.inside();
        inside.total -= 1;
        let Some(key) = &self.principal else { return };
        if let Some(theirs) = inside.of_principal.get_mut(key) {
            *theirs -= 1;
            if *theirs == 0 {
                inside.of_principal.remove(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(subject: &str) -> Principal {
        Principal { issuer: "test".to_owned(), subject: subject.to_owned(), tenant: None }
    }

    #[test]
    fn each_principal_and_all_together_have_a_limit_and_places_come_back() {
        let turnstile = Turnstile::new(Limits { total: 3, per_principal: 2 });
        let first = turnstile.enter(&named("a")).unwrap();
        let _second = turnstile.enter(&named("a")).unwrap();
        assert_eq!(turnstile.enter(&named("a")).unwrap_err(), Crowded::Principal);
        let third = turnstile.enter(&named("b")).unwrap();
        assert_eq!(turnstile.enter(&named("b")).unwrap_err(), Crowded::Total);
        drop((first, third));
        assert!(turnstile.enter(&named("a")).is_ok());
    }

    #[test]
    fn callers_nobody_can_tell_apart_share_the_total_only() {
        let turnstile = Turnstile::new(Limits { total: 3, per_principal: 1 });
        let held: Vec<_> = (0..3).map(|_| turnstile.enter(&Principal::anonymous()).unwrap()).collect();
        assert_eq!(turnstile.enter(&Principal::anonymous()).unwrap_err(), Crowded::Total);
        drop(held);
        assert!(turnstile.inside().of_principal.is_empty());
    }
}
