//! TypeScript → JavaScript by blanking types in place, so that positions need no map.
