//! Attacks on the gate, each with its variations.

mod aliases;
mod authority;
mod bombs;
mod called_workflows;
mod deadline;
mod disclosure;
mod errors;
mod exemptions;
mod forced;
mod hidden_actions;
mod hostile_repository;
mod identity;
mod leftovers;
mod lockout;
mod merge_config;
mod merge_cost;
mod merges;
mod namespaces;
mod pusher;
mod written_files;
