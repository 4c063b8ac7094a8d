//! Attacks on the gate, each with its variations.

mod merge_config;
