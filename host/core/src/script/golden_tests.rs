//! Runs the corpus of refused scripts.
