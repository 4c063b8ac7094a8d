//! The report: levels, metadata of rules, problems, findings and the baseline. Knows no rule and prints nothing.

mod baseline;
mod finding;
mod level;
mod problem;
mod proofs;
mod rule;

pub(crate) use baseline::Baseline;
pub(crate) use finding::{AppliedExemption, Checked, ExemptedBy, Finding, Location, Report, Unread, Verdict};
pub(crate) use level::{Level, LevelSource};
pub(crate) use problem::{CommitProblem, Problem, ProblemKey, WorkflowPlace, WorkflowProblem};
pub(crate) use proofs::{AppliedProof, ProofTally};
pub use rule::{Group, RuleMeta};
