//! Driving loops that await ports on behalf of [`crate::host`].

pub(crate) mod call;
