//! What was found, as values: problems, findings and the report. Nothing here prints.

use std::collections::{HashMap, HashSet};

use bstr::BString;

use crate::git::Oid;
use crate::policy::{Level, LevelSource, Policy};
use crate::rules::{Group, Rule};

/// What a rule says of one subject. The judge makes a [`Finding`] of it by adding level and location.
#[derive(Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong: a lower-case phrase without a full stop, escaped, code in backticks. Never holds a secret.
    pub message: String,
    /// What repairs it: the exact command, or the exact text to write.
    pub help: Option<String>,
    /// Further facts, one line each.
    pub notes: Vec<String>,
    /// Where in the subject.
    pub place: Place,
    /// What makes two problems the same when a file is compared with its older version: never shown. Line numbers do
    /// not belong here, so that moved text is not new text. An empty one is never the same as another.
    pub identity: BString,
}

impl std::fmt::Debug for Problem {
    /// Leaves the identity out: it may hold a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { message, help, notes, place, identity: _ } = self;
        let mut fields = f.debug_struct("Problem");
        fields.field("message", message).field("help", help).field("notes", notes).field("place", place);
        fields.finish_non_exhaustive()
    }
}

/// A place in a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// All of it.
    Whole,
    /// A line, counted from 1.
    Line(u32),
    /// A range of bytes of a text that is shown as a snippet.
    Span(Span),
    /// A line of which nothing may be shown, because it holds a secret.
    Hidden {
        /// The line, counted from 1.
        line: u32,
        /// The column in bytes, counted from 1.
        column: u32,
    },
}

/// A range of bytes in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The offset of the first byte.
    pub start: usize,
    /// The offset behind the last byte.
    pub end: usize,
}

/// A problem, with the level that the policy gives its rule and the place where it stands.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// How much it counts.
    pub level: Level,
    /// Where that level comes from.
    pub source: LevelSource,
    /// What is wrong.
    pub message: String,
    /// What repairs it.
    pub help: Option<String>,
    /// Further facts.
    pub notes: Vec<String>,
    /// Where it stands.
    pub location: Location,
    /// The line to show, when it may be shown.
    pub snippet: Option<Snippet>,
}

/// Where a finding stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Location {
    /// A place in a file that a commit, a tree or a tag brings.
    Blob {
        /// The commit that brings it; none when a tree is judged by itself.
        commit: Option<Oid>,
        /// The file's blob.
        blob: Oid,
        /// Its path from the root of the tree; in an archive, `!` and the member follow.
        path: BString,
        /// The line, counted in LF bytes from 1.
        line: Option<u32>,
        /// The column, counted in bytes from 1.
        column: Option<u32>,
    },
    /// A commit or a tag: its message or its identities.
    Commit {
        /// The commit; none while it is being made.
        commit: Option<Oid>,
        /// The first line of its message, to recognise it by; escaped.
        subject: String,
        /// The line of the message.
        line: Option<u32>,
    },
    /// A place in git's configuration.
    GitConfig {
        /// git's own word: `system`, `global`, `local`, `worktree` or `command`.
        scope: &'static str,
        /// The file, relative to the top of the work tree when it lies inside.
        path: BString,
        /// The line of the file.
        line: Option<u32>,
        /// The key, redacted and escaped.
        key: String,
    },
    /// The name of a ref.
    Ref {
        /// The full refname.
        refname: BString,
    },
}

/// A line of a text, with the part to point at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The line without its end, escaped.
    pub text: String,
    /// The first character to point at.
    pub start: usize,
    /// How many characters to point at; at least 1.
    pub len: usize,
}

/// What was looked at. "No findings" means nothing without it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Ref updates of a push.
    pub ref_updates: u64,
    /// Commits whose sign-off was judged.
    pub commits: u64,
    /// Workflow and action files.
    pub workflows: u64,
    /// Blobs searched for tokens.
    pub blobs: u64,
    /// Entries of git config.
    pub config_entries: u64,
}

/// The outcome of a run.
#[derive(Debug, Default)]
pub struct Report {
    /// What was found, in the order in which it was judged: older commits first.
    pub findings: Vec<Finding>,
    /// What was looked at.
    pub checked: Checked,
    /// What to do about all of it at once: commands that repair the whole push.
    pub advice: Vec<String>,
    /// What else to know about how it was judged: exemptions that applied, limits that were met.
    pub remarks: Vec<String>,
}

/// What a report says in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No finding at level deny.
    Clean,
    /// At least one finding at level deny.
    Denied,
}

impl Report {
    /// The verdict: denied when any finding is at level deny.
    pub fn verdict(&self) -> Verdict {
        match self.findings.iter().any(|finding| finding.level == Level::Deny) {
            true => Verdict::Denied,
            false => Verdict::Clean,
        }
    }

    /// Takes out what the baseline of the policy lets through, and says what would be refused if the policy did not only
    /// warn.
    pub fn conclude(&mut self, policy: &Policy) {
        if let Some(baseline) = &policy.baseline {
            let all = self.findings.len();
            self.findings.retain(|finding| !baseline.covers(finding));
            match all - self.findings.len() {
                0 => {}
                1 => self.remarks.push("1 old finding is in the baseline and not shown".to_owned()),
                old => self.remarks.push(format!("{old} old findings are in the baseline and not shown")),
            }
            if self.findings.iter().all(|finding| finding.rule.group != Group::SignOff) {
                self.advice.clear();
            }
        }
        let spared = self.findings.iter().filter(|finding| finding.is_spared()).count();
        if spared > 0 {
            self.remarks.push(format!("{spared} of these would be refused if the policy did not only warn"));
        }
    }

    /// Keeps one of the findings that say the same of the same place, at the highest of their levels: a commit that is
    /// pushed to refs with different levels is judged for each.
    pub fn unite(&mut self) {
        let mut places: HashMap<(&str, Location, String), usize> = HashMap::new();
        let mut kept: Vec<Finding> = Vec::new();
        for finding in std::mem::take(&mut self.findings) {
            let key = (finding.rule.id, finding.location.clone(), finding.message.clone());
            let at = *places.entry(key).or_insert(kept.len());
            match kept.get_mut(at) {
                None => kept.push(finding),
                Some(same) if same.level < finding.level => *same = finding,
                Some(_) => {}
            }
        }
        self.findings = kept;
        let mut said = HashSet::new();
        self.advice.retain(|line| said.insert(line.clone()));
    }

    /// Adds another report behind this one.
    pub fn merge(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.advice.extend(other.advice);
        self.remarks.extend(other.remarks);
        let (sum, more) = (&mut self.checked, other.checked);
        sum.ref_updates += more.ref_updates;
        sum.commits += more.commits;
        sum.workflows += more.workflows;
        sum.blobs += more.blobs;
        sum.config_entries += more.config_entries;
    }

    /// How many findings stand at a level.
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }
}

impl Location {
    /// The commit or tag that it stands in; none where it stands in no history.
    pub fn commit(&self) -> Option<Oid> {
        match self {
            Self::Blob { commit, .. } | Self::Commit { commit, .. } => *commit,
            Self::GitConfig { .. } | Self::Ref { .. } => None,
        }
    }
}

impl Finding {
    /// Whether it refuses nothing only because the policy refuses nothing yet.
    pub fn is_spared(&self) -> bool {
        matches!(self.source, LevelSource::WarnOnly(_))
    }
}

impl Span {
    /// The line (from 1) and column (bytes, from 1) of the span's start, counting LF bytes as git does.
    pub fn position(self, text: &[u8]) -> (u32, u32) {
        let before = text.get(..self.start).unwrap_or(text);
        let line = 1 + memchr::memchr_iter(b'\n', before).count();
        let column = 1 + before.len() - memchr::memrchr(b'\n', before).map_or(0, |lf| lf + 1);
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }

    /// The line in which the span starts, without its LF.
    pub fn line(self, text: &[u8]) -> &[u8] {
        let (before, rest) = text.split_at_checked(self.start).unwrap_or((text, b""));
        let first = memchr::memrchr(b'\n', before).map_or(0, |lf| lf + 1);
        let end = before.len() + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        text.get(first..end).unwrap_or_default()
    }
}

impl Snippet {
    /// Cuts the line in which a span starts, and the part of the span that lies in it. Long lines are cut around it.
    pub fn cut(text: &[u8], span: Span) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let rest = text.get(span.start..).unwrap_or_default();
        let first = memchr::memrchr(b'\n', before).map_or(0, |lf| lf + 1);
        let line_end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let inside = rest.get(..line_end.min(span.end.saturating_sub(span.start))).unwrap_or_default();
        let after = rest.get(inside.len()..line_end).unwrap_or_default();
        let (lead, lead_cut) = tail(before.get(first..).unwrap_or_default(), 60);
        let lead = format!("{}{}", if lead_cut { "..." } else { "" }, crate::text::escape(lead));
        let inside = crate::text::escape(inside.get(..inside.len().min(120)).unwrap_or(inside));
        let after_text = crate::text::escape(after.get(..after.len().min(60)).unwrap_or(after));
        let more = if after.len() > 60 { "..." } else { "" };
        Self {
            start: lead.chars().count(),
            len: inside.chars().count().max(1),
            text: format!("{lead}{inside}{}{more}", after_text.trim_end_matches(r"\x0d")),
        }
    }
}

/// The last `max` bytes, and whether something was cut.
fn tail(bytes: &[u8], max: usize) -> (&[u8], bool) {
    match bytes.len().checked_sub(max) {
        Some(cut @ 1..) => (bytes.get(cut..).unwrap_or_default(), true),
        _ => (bytes, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_line_feeds_and_bytes_from_one() {
        let text = "a\r\n\u{e9}x: y\n".as_bytes();
        for (start, position) in [(0, (1, 1)), (3, (2, 1)), (5, (2, 3)), (9, (2, 7)), (99, (3, 1))] {
            assert_eq!(Span { start, end: start }.position(text), position, "{start}");
        }
    }

    #[test]
    fn a_snippet_is_one_line_and_points_at_the_span() {
        let text = b"x\n  - uses: a/b@c # d\r\nz";
        let snippet = Snippet::cut(text, Span { start: 12, end: 17 });
        assert_eq!(snippet, Snippet { text: "  - uses: a/b@c # d".into(), start: 10, len: 5 });
    }

    #[test]
    fn a_snippet_of_a_long_or_hostile_line_is_short_and_escaped() {
        let mut text = vec![b'\x1b'; 500];
        text.extend(b"uses");
        text.extend([b'y'; 500]);
        let snippet = Snippet::cut(&text, Span { start: 500, end: 504 });
        assert!(snippet.text.len() < 400 && !snippet.text.contains('\x1b'), "{snippet:?}");
        assert_eq!(snippet.text.get(snippet.start..snippet.start + snippet.len), Some("uses"));
    }
}
