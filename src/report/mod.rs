//! The report: levels, metadata of rules, problems, findings and the baseline. Knows no rule and prints nothing.

mod baseline;
mod credential;
mod exemption;
mod filter;
mod finding;
mod fingerprint;
mod level;
mod problem;
mod proofs;
mod rule;
mod unread;
mod written;

pub(crate) use baseline::{Baseline, BaselineEntry, BaselineLine};
pub(crate) use credential::{CredentialFacts, Standing};
pub(crate) use exemption::CommentAllows;
pub(crate) use exemption::{AppliedExemption, ExemptedBy, GrantedExemption, MARK};
pub(crate) use filter::{Filter, Selection};
pub(crate) use finding::{Checked, CommitFacts, Finding, JudgedRepository, Location, Report, Verdict};
pub(crate) use fingerprint::{Fingerprint, Occurrences, digest, parse_fingerprint};
pub(crate) use level::{Level, LevelSource};
pub(crate) use problem::{CommitProblem, Problem, ProblemKey, WorkflowPlace, WorkflowProblem, joined};
pub(crate) use proofs::{AppliedProof, ProofTally};
pub use rule::{Group, RuleMeta};
pub(crate) use unread::{Obstacle, Unread, UnreadPlace};
pub(crate) use written::Written;
