//! Attacks on the gate, each with its variations.

mod bombs;
mod merge_config;
