//! Ranked search over skills (BM25 over an inverted index). Never sees skills hidden from discovery.
