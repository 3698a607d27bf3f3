//! Sharing, eviction and bounds.

use super::*;

fn scope(names: &[&str]) -> ScopeNames {
    ScopeNames { namespaces: names.iter().map(|name| (*name).to_owned()).collect() }
}

#[test]
fn the_same_script_and_scope_share_one_outcome() {
    let cache = CheckCache::new();
    let first = cache.check("return acme.x()", &scope(&["acme"]), 1_000);
    let again = cache.check("return acme.x()", &scope(&["acme"]), 1_000);
    assert!(Arc::ptr_eq(&first, &again));
    assert_eq!(cache.len(), 1);
}

#[test]
fn another_scope_is_another_outcome() {
    let cache = CheckCache::new();
    assert!(cache.check("return acme.x()", &scope(&["acme"]), 1_000).is_ok());
    assert!(cache.check("return acme.x()", &scope(&[]), 1_000).is_err());
    assert!(cache.check("return acme.x()", &scope(&["ac", "me"]), 1_000).is_err());
}

#[test]
fn a_smaller_limit_is_not_answered_from_memory() {
    let cache = CheckCache::new();
    assert!(cache.check("return 12345", &scope(&[]), 1_000).is_ok());
    assert!(cache.check("return 12345", &scope(&[]), 5).is_err());
}

#[test]
fn the_least_recently_used_outcome_goes_first() {
    let cache = CheckCache::new();
    let kept = cache.check("return 'kept'", &scope(&[]), 1_000);
    for number in 0..MAX_ENTRIES + 10 {
        cache.check(&format!("return {number}"), &scope(&[]), 1_000);
        assert!(Arc::ptr_eq(&kept, &cache.check("return 'kept'", &scope(&[]), 1_000)));
    }
    assert_eq!(cache.len(), MAX_ENTRIES);
}

#[test]
fn memory_is_bounded_in_bytes() {
    let cache = CheckCache::new();
    for number in 0..200 {
        let long = format!("return '{}{number}'", "x".repeat(90_000));
        cache.check(&long, &scope(&[]), 100_000);
    }
    assert!(cache.lock().bytes <= MAX_BYTES);
    assert!(cache.len() < 100);
    let ordered = cache.lock().order.len();
    assert_eq!(ordered, cache.len());
}
