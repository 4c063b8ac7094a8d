//! Attacks on the gate, each with its variations.

mod bombs;
mod identity;
mod merge_config;
