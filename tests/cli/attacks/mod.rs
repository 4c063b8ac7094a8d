//! Attacks on the gate, each with its variations.

mod bombs;
mod forced;
mod hidden_actions;
mod hostile_repository;
mod identity;
mod merge_config;
mod merges;
