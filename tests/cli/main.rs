//! End-to-end tests: the real binary, real git, real commits and pushes, in a sandbox.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed"
)]

mod support;
mod tokens;

mod actions_lock;
mod added;
mod advice;
mod attacks;
mod audit;
mod blob_count;
mod bypass;
mod chained;
mod ci;
mod cleanup_modes;
mod commit_msg;
mod config_hooks;
mod config_repairs;
mod contracts;
mod deciding_files;
mod dispatchers;
mod examples;
mod fair_pushes;
mod fix;
mod fix_advice;
mod fleet;
mod fleet_scan;
mod formats;
mod honest_signoffs;
mod hook_managers;
mod hooks_path;
mod install;
mod installers;
mod kept_hooks;
mod laptops;
mod linked_hooks;
mod live_config;
mod matrix;
mod merges;
mod new_commits;
mod odd_pushes;
mod own_commits;
mod ownership;
mod packages;
mod packs;
mod partial_clones;
mod policy;
mod policy_schema;
mod pools;
mod practice;
mod pre_push;
mod pre_receive;
mod proofs;
mod readme;
#[cfg(debug_assertions)]
mod reads;
mod repairs;
mod resolved_merges;
mod rewritten;
mod rollout;
mod sandbox;
mod secrecy;
mod selection;
mod server_command;
mod server_policy;
mod servers;
mod shells;
mod signoff;
mod skip;
mod status;
mod stopped;
mod streamed;
mod terminal;
mod token_exemptions;
mod token_kinds;
mod token_triage;
mod undecided;
mod ways_out;
mod which_key;
mod without_git;
