//! Final decision on a push: combines judgement and bypass, and writes the audit log.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use super::account;
use super::audit::{
    self, AuditEntry, BypassEntry, ExemptedEntry, ProvenEntry, PushOutcome, RefEntry, UnsignedEntry,
};
use super::bypass::BypassRequest;
use super::deadline::JudgedPush;
use crate::env;
use crate::error::{Error, ErrorKind, Result};
use crate::hook::{RefUpdate, push_options};
use crate::policy::{ServerPolicy, ServerType};
use crate::report::{AppliedExemption, Finding, Level, LevelSource, Obstacle, Report, Unread, Verdict};
use crate::text::date;
use crate::token::{printable, redact_message};

/// Push to a server: its pusher, and the bypass that it requests.
#[derive(Debug)]
pub(crate) struct ServerPush {
    policy: ServerPolicy,
    repository: PathBuf,
    pusher: Option<String>,
    request: Option<BypassRequest>,
}

/// Maximum number of exemptions that an entry of the audit log lists.
const MAX_EXEMPTED: usize = 1000;

/// Maximum size of the names in each list of an entry, in bytes: a pusher chooses how many there are, and how long.
const MAX_NAMES: usize = 1 << 20;

/// Decision about a bypass.
enum BypassDecision {
    /// None was requested, or nothing was refused.
    NotNeeded,
    /// The push is let in. This has been written to the audit log already.
    Granted {
        /// Remark for the report.
        remark: String,
    },
    /// The bypass is denied, for this reason.
    Denied(String),
}

impl ServerPush {
    /// Reads the pusher and the requested bypass of the push that this process checks.
    ///
    /// # Errors
    /// Fails when the push options do not have the form in which git passes them.
    pub(crate) fn new(policy: &ServerPolicy, repository: PathBuf) -> Result<Self> {
        let options = push_options(env::push_option_variables())?;
        Ok(Self {
            policy: policy.clone(),
            repository,
            pusher: policy.pusher_name(),
            request: BypassRequest::in_options(&options),
        })
    }

    /// Turns the judgement of a push into its outcome.
    ///
    /// A granted bypass lets the push in. The audit log is written before this returns; if that fails, the
    /// outcome contains a note.
    ///
    /// # Errors
    /// Returns the error of a judgement that reached no verdict, unless it is bypassed.
    pub(crate) fn decide(&self, judged: JudgedPush) -> Result<Report> {
        let mut entry = self.entry(&judged);
        // Nobody can tell what a push would pass if the policy cannot be read.
        let is_readable = judged.result.as_ref().err().is_none_or(|error| error.kind() != ErrorKind::Policy);
        let decision = match is_readable {
            true => self.decide_bypass(&mut entry),
            false => BypassDecision::NotNeeded,
        };
        let unlogged = match &decision {
            BypassDecision::Granted { .. } => Vec::new(),
            BypassDecision::NotNeeded if entry.event == PushOutcome::Passed && !self.logs_clean() => {
                Vec::new()
            }
            BypassDecision::NotNeeded | BypassDecision::Denied(_) => self.log(&entry),
        };
        let mut notes: Vec<String> = Vec::new();
        if let BypassDecision::Denied(why) = &decision {
            notes.push(format!("bypass denied: {why}"));
        }
        notes.extend(unlogged.iter().map(|fault| format!("this push was not recorded in {fault}")));
        match judged.result {
            Ok(report) => Ok(decided_report(report, decision, notes)),
            Err(error) => decided_error(error, decision, notes),
        }
    }

    /// Decides about the bypass, and records the decision in the entry of the audit log.
    fn decide_bypass(&self, entry: &mut AuditEntry) -> BypassDecision {
        let Some(request) = &self.request else { return BypassDecision::NotNeeded };
        let reason = &request.reason;
        let grant = match request.grant(&self.policy, self.pusher.as_deref()) {
            Ok(_) if entry.event != PushOutcome::Refused => return BypassDecision::NotNeeded,
            Ok(grant) => grant,
            Err(objection) => {
                entry.bypass = Some(BypassEntry { granted: false, reason: reason.clone() });
                return BypassDecision::Denied(objection);
            }
        };
        entry.event = PushOutcome::Bypassed;
        entry.bypass = Some(BypassEntry { granted: true, reason: reason.clone() });
        match audit::record_before(grant.log, entry) {
            Ok(()) => {
                let pusher = printable(grant.pusher.as_bytes());
                let remark = format!("bypassed by `{pusher}` and written to the audit log: {reason}");
                BypassDecision::Granted { remark }
            }
            Err(fault) => {
                entry.event = PushOutcome::Refused;
                entry.bypass = Some(BypassEntry { granted: false, reason: reason.clone() });
                BypassDecision::Denied(format!("cannot write to {fault}"))
            }
        }
    }

    /// Returns whether a push with nothing to report is logged.
    fn logs_clean(&self) -> bool {
        self.policy.audit_log.as_ref().is_some_and(|log| log.clean)
    }

    /// Writes an entry to the audit log, if there is one, and returns where it could not be written, and why.
    fn log(&self, entry: &AuditEntry) -> Vec<String> {
        self.policy.audit_log.as_ref().map(|log| audit::record(log, entry)).unwrap_or_default()
    }

    /// Returns the entry of the audit log, without a decision about a bypass.
    fn entry(&self, judged: &JudgedPush) -> AuditEntry {
        let (denied, warned) = judged.result.as_ref().map(finding_counts).unwrap_or_default();
        let mut exempted = judged.result.as_ref().map(exempted).unwrap_or_default();
        let mut exempted_more = exempted.split_off(exempted.len().min(MAX_EXEMPTED));
        exempted_more.extend(cut(&mut exempted, |entry| entry.path.len() + entry.reason.len()));
        let exempted_more = exempted_more.iter().map(|entry| entry.count).sum();
        let mut refs: Vec<RefEntry> = judged.updates.iter().map(ref_entry).collect();
        let refs_more = cut(&mut refs, |entry| entry.name.len() + REF_SIZE).len();
        let proven = judged.result.as_ref().map(proven).unwrap_or_default();
        let unsigned = judged.result.as_ref().map(unsigned).unwrap_or_default();
        let baselined = judged.result.as_ref().map_or(0, |report| report.baselined);
        let is_plain = exempted.is_empty() && proven.is_empty() && unsigned.is_empty() && baselined == 0;
        let event = match &judged.result {
            Ok(report) if report.verdict() == Verdict::Clean && denied.is_empty() && is_plain => {
                PushOutcome::Passed
            }
            Ok(report) if report.verdict() == Verdict::Clean && denied.is_empty() => PushOutcome::Exempted,
            Ok(report) if report.verdict() == Verdict::Clean => PushOutcome::WarnOnly,
            Ok(_) | Err(_) => PushOutcome::Refused,
        };
        AuditEntry {
            version: audit::VERSION,
            time: date::rfc3339(SystemTime::now()),
            event,
            server: self.policy.server_type.name(),
            pusher: self.logged_pusher().map(|pusher| printable(pusher.as_bytes())),
            repository: printable(self.repository.as_os_str().as_encoded_bytes()),
            refs,
            refs_more,
            denied,
            warned,
            failure: match &judged.result {
                Ok(report) => report.unread.first().map(|unread| failure_kind(unread).name()),
                Err(error) => Some(error.kind().name()),
            },
            bypass: None,
            exempted,
            exempted_more,
            proven,
            unsigned,
            baselined,
        }
    }

    /// Returns the pusher for the log: by the word of the server, else the account on a server of the type `plain`.
    fn logged_pusher(&self) -> Option<String> {
        let account = || (self.policy.server_type == ServerType::Plain).then(account::name);
        self.pusher.clone().or_else(account)
    }
}

/// Returns the kind of the failure to read an object.
fn failure_kind(unread: &Unread) -> ErrorKind {
    match unread.obstacle {
        Obstacle::Invalid => ErrorKind::Policy,
        Obstacle::Unreadable | Obstacle::CutOff => ErrorKind::Git,
    }
}

/// Adds the notes, and turns denials into warnings if the bypass was granted.
fn decided_report(mut report: Report, decision: BypassDecision, notes: Vec<String>) -> Report {
    report.remarks.extend(notes);
    if let BypassDecision::Granted { remark } = decision {
        report.remarks.extend(report.unread.drain(..).map(|unread| format!("not checked: {unread}")));
        report.remarks.push(remark);
        report.advice.clear();
        report.message = None;
        for finding in report.findings.iter_mut().filter(|finding| finding.level == Level::Deny) {
            (finding.level, finding.source) = (Level::Warn, LevelSource::Bypass);
        }
    }
    report
}

/// Returns a report for an error that is bypassed, else the error with the notes as hints.
fn decided_error(error: Error, decision: BypassDecision, notes: Vec<String>) -> Result<Report> {
    match decision {
        BypassDecision::Granted { remark } => {
            let remarks = vec![redact_message(format!("not checked: {error}")), remark];
            Ok(Report { remarks, ..Report::default() })
        }
        BypassDecision::NotNeeded | BypassDecision::Denied(_) => {
            Err(notes.into_iter().fold(error, Error::hinted))
        }
    }
}

/// Size of an update of a ref besides its name, in bytes.
const REF_SIZE: usize = 120;

/// Cuts a list at [`MAX_NAMES`], and returns the rest.
fn cut<T>(items: &mut Vec<T>, size: impl Fn(&T) -> usize) -> Vec<T> {
    let mut total = 0;
    let fits = |item: &&T| {
        total += size(item);
        total <= MAX_NAMES
    };
    let kept = items.iter().take_while(fits).count();
    items.split_off(kept)
}

type FindingCounts = BTreeMap<&'static str, usize>;

/// Counts the findings per rule: those that refuse, or would if the policy did not only warn; and the others.
fn finding_counts(report: &Report) -> (FindingCounts, FindingCounts) {
    let (mut denied, mut warned) = (FindingCounts::new(), FindingCounts::new());
    for finding in &report.findings {
        let refuses = finding.level == Level::Deny || finding.would_be_denied();
        *if refuses { &mut denied } else { &mut warned }.entry(finding.rule.id).or_default() += 1;
    }
    (denied, warned)
}

/// Returns the exemptions that applied, equal ones together.
fn exempted(report: &Report) -> Vec<ExemptedEntry> {
    let mut counts: BTreeMap<AppliedExemption, usize> = BTreeMap::new();
    let of_workflows = report.exemptions.iter().cloned();
    let all = of_workflows.chain(report.exempted.iter().filter_map(Finding::applied_exemption));
    all.for_each(|exemption| *counts.entry(exemption).or_default() += 1);
    let shown = |text: &[u8]| redact_message(printable(text));
    let entries = counts.into_iter().map(|(exemption, count)| ExemptedEntry {
        rule: exemption.rule,
        path: shown(&exemption.path),
        by: exemption.by.word(),
        reason: shown(exemption.reason.as_bytes()),
        count,
    });
    entries.collect()
}

/// Returns the keys whose signatures counted in the place of sign-offs.
fn proven(report: &Report) -> Vec<ProvenEntry> {
    let entries = report.proofs.applied.iter().map(|(proof, commits)| ProvenEntry {
        key: proof.key.clone(),
        reason: redact_message(printable(proof.reason.as_bytes())),
        commits: commits.len(),
    });
    entries.collect()
}

/// Returns the reasons for which commits needed no sign-off.
fn unsigned(report: &Report) -> Vec<UnsignedEntry> {
    let entries = report.unsigned.iter().map(|(reason, commits)| UnsignedEntry {
        reason: redact_message(printable(reason.as_bytes())),
        commits: *commits,
    });
    entries.collect()
}

fn ref_entry(update: &RefUpdate) -> RefEntry {
    RefEntry {
        name: printable(&update.refname),
        old: update.old.map(|oid| oid.to_string()),
        new: update.new.map(|oid| oid.to_string()),
    }
}
