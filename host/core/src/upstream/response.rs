//! HTTP response → value or tool error. Never loses data, never shows a credential.
