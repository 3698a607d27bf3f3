//! JSON-RPC 2.0 envelopes: parse, classify, answer. Never interprets a method.
