//! Final decision on a push: combines judgement and bypass, and writes the audit log.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use super::audit::{self, BypassEntry, Entry, Event, RefEntry};
use super::bypass::Request;
use crate::env;
use crate::error::{Error, Result};
use crate::hook::{RefUpdate, push_options};
use crate::policy::ServerPolicy;
use crate::report::{Level, LevelSource, Report, Verdict};
use crate::text::date;
use crate::token::{printable, redact_message};

/// Gate of a server, for one push.
#[derive(Debug)]
pub(crate) struct Gate {
    policy: ServerPolicy,
    repository: PathBuf,
    pusher: Option<String>,
    request: Option<Request>,
}

/// Decision about a bypass.
enum Bypass {
    NotAsked,
    Granted,
    Refused(String),
}

impl Gate {
    /// Creates the gate of a repository for this push, with its pusher and the requested bypass.
    ///
    /// # Errors
    /// Fails when the push options do not have the form in which git passes them.
    pub(crate) fn new(policy: &ServerPolicy, repository: PathBuf) -> Result<Self> {
        let options = push_options(env::git_variable)?;
        Ok(Self {
            policy: policy.clone(),
            repository,
            pusher: policy.server_type.pusher(),
            request: Request::of(&options),
        })
    }

    /// Turns the judgement of a push into its outcome.
    ///
    /// A granted bypass lets the push in. The audit log is written before this returns; if that fails, the
    /// outcome contains a note.
    ///
    /// # Errors
    /// Returns the error of a judgement that reached no verdict, unless it is bypassed.
    pub(crate) fn settle(&self, updates: &[RefUpdate], judged: Result<Report>) -> Result<Report> {
        let mut entry = self.entry(updates, &judged);
        let passes = judged.as_ref().is_ok_and(|report| report.verdict() == Verdict::Clean);
        let bypass = self.bypass(&mut entry, passes);
        let unlogged = match &bypass {
            // A granted bypass has been written to the log already.
            Bypass::Granted => None,
            Bypass::NotAsked if entry.event == Event::Passed => None,
            Bypass::NotAsked | Bypass::Refused(_) => self.log(&entry).err(),
        };
        let mut notes: Vec<String> = Vec::new();
        if let Bypass::Refused(why) = &bypass {
            notes.push(format!("bypass denied: {why}"));
        }
        notes.extend(unlogged.map(|error| format!("this push was not recorded in the audit log: {error}")));
        match judged {
            Ok(report) => Ok(self.report(report, &bypass, notes)),
            Err(error) => self.failure(error, &bypass, notes),
        }
    }

    /// Decides about the bypass. A granted one has been written to the audit log when this returns.
    fn bypass(&self, entry: &mut Entry, passes: bool) -> Bypass {
        let Some(request) = &self.request else { return Bypass::NotAsked };
        if let Some(objection) = request.objection(&self.policy, self.pusher.as_deref()) {
            return Bypass::Refused(objection);
        }
        if passes {
            return Bypass::NotAsked;
        }
        entry.event = Event::Bypassed;
        entry.bypass = Some(BypassEntry { granted: true, reason: request.reason.clone() });
        match self.log(entry) {
            Ok(()) => Bypass::Granted,
            Err(error) => {
                entry.event = Event::Refused;
                entry.bypass = Some(BypassEntry { granted: false, reason: request.reason.clone() });
                Bypass::Refused(format!("cannot write to the audit log: {error}"))
            }
        }
    }

    /// Adds the notes, and turns denials into warnings if the bypass was granted.
    fn report(&self, mut report: Report, bypass: &Bypass, notes: Vec<String>) -> Report {
        report.remarks.extend(notes);
        if let Bypass::Granted = bypass {
            report.remarks.push(self.granted());
            let denied = report.findings.iter_mut().filter(|finding| finding.level == Level::Deny);
            denied.for_each(|finding| {
                finding.level = Level::Warn;
                finding.source = LevelSource::Bypass;
            });
        }
        report
    }

    /// Returns a report for an error that is bypassed, else the error with the notes as hints.
    fn failure(&self, error: Error, bypass: &Bypass, notes: Vec<String>) -> Result<Report> {
        match bypass {
            Bypass::Granted => {
                let remarks = vec![redact_message(format!("not checked: {error}")), self.granted()];
                Ok(Report { remarks, ..Report::default() })
            }
            Bypass::NotAsked | Bypass::Refused(_) => Err(notes.into_iter().fold(error, Error::hinted)),
        }
    }

    fn granted(&self) -> String {
        let pusher = printable(self.pusher.as_deref().unwrap_or_default().as_bytes());
        let reason = self.request.as_ref().map_or("", |request| &request.reason);
        format!("bypassed by `{pusher}` and written to the audit log: {reason}")
    }

    fn log(&self, entry: &Entry) -> std::io::Result<()> {
        self.policy.audit_log.as_ref().map_or(Ok(()), |log| audit::append(log.path(), entry))
    }

    fn entry(&self, updates: &[RefUpdate], judged: &Result<Report>) -> Entry {
        let (denied, warned) = judged.as_ref().map(counts).unwrap_or_default();
        let event = match judged {
            Ok(report) if report.verdict() == Verdict::Clean && denied.is_empty() => Event::Passed,
            Ok(report) if report.verdict() == Verdict::Clean => Event::WarnOnly,
            Ok(_) | Err(_) => Event::Refused,
        };
        let refused_bypass =
            |request: &Request| BypassEntry { granted: false, reason: request.reason.clone() };
        Entry {
            time: date::rfc3339(SystemTime::now()),
            event,
            server: self.policy.server_type.name(),
            pusher: self.pusher.as_ref().map(|pusher| printable(pusher.as_bytes())),
            repository: printable(self.repository.as_os_str().as_encoded_bytes()),
            refs: updates.iter().map(ref_entry).collect(),
            denied,
            warned,
            failure: judged.as_ref().err().map(|error| error.kind().name()),
            bypass: self.request.as_ref().map(refused_bypass),
        }
    }
}

type Counts = BTreeMap<&'static str, usize>;

/// Counts the findings per rule: those that refuse, or would if the policy did not only warn; and the others.
fn counts(report: &Report) -> (Counts, Counts) {
    let (mut denied, mut warned) = (Counts::new(), Counts::new());
    for finding in &report.findings {
        let refuses = finding.level == Level::Deny || finding.is_spared();
        *if refuses { &mut denied } else { &mut warned }.entry(finding.rule.id).or_default() += 1;
    }
    (denied, warned)
}

fn ref_entry(update: &RefUpdate) -> RefEntry {
    RefEntry {
        name: printable(&update.refname),
        old: update.old.map(|oid| oid.to_string()),
        new: update.new.map(|oid| oid.to_string()),
    }
}
