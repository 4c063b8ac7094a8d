//! Attacks on the gate, each with its variations.

mod bombs;
mod hostile_repository;
mod identity;
mod merge_config;
