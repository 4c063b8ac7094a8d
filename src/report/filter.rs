//! Filters of a report: they choose what is shown and what the exit status says, never what is judged.

use bstr::ByteSlice as _;

use super::{Finding, Level, Location, Report};
use crate::text::{counted, glob};

/// Conditions that a finding has to meet. Several values of one condition are alternatives.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    /// Ids of rules.
    pub(crate) rules: Vec<String>,
    /// Lowest level.
    pub(crate) level: Option<Level>,
    /// Patterns of paths, in which `*` matches any text; a directory stands for all that is below it.
    pub(crate) paths: Vec<String>,
    /// Parts of the name or address of authors, in any case; `*` matches any text.
    pub(crate) authors: Vec<String>,
    /// Time of the oldest commit, in seconds since 1970.
    pub(crate) since: Option<u64>,
    /// Time of the newest commit, in seconds since 1970.
    pub(crate) until: Option<u64>,
    /// True if HEAD must still have the problem, as far as that is known.
    pub(crate) in_head: bool,
}

/// Facts that a filter needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// Author and date of the commits.
    pub(crate) commits: bool,
    /// Problems that HEAD still has.
    pub(crate) in_head: bool,
}

impl Selection {
    /// Adds the facts that something else needs.
    pub(crate) fn add(&mut self, other: Self) {
        self.commits |= other.commits;
        self.in_head |= other.in_head;
    }
}

impl Filter {
    /// Returns the facts that have to be known before the filter is applied.
    pub(crate) fn needs(&self) -> Selection {
        let commits = !self.authors.is_empty() || self.since.is_some() || self.until.is_some();
        Selection { commits, in_head: self.in_head }
    }

    /// Removes the findings that do not meet the conditions, and remarks on their number.
    pub(crate) fn apply(&self, report: &mut Report) {
        let all = report.findings.len();
        report.findings.retain(|finding| self.selects(finding));
        let hidden = all - report.findings.len() + report.written.hidden;
        if hidden > 0 {
            let findings = counted(hidden, "finding is", "findings are");
            report.remarks.push(format!("{findings} left out by the filters of the command"));
        }
        if !report.has_signoff_finding() {
            report.advice.clear();
        }
    }

    /// Returns whether a finding meets the conditions.
    pub(crate) fn selects(&self, finding: &Finding) -> bool {
        let Self { rules, level, paths, authors, since, until, in_head } = self;
        let date = finding.commit.as_ref().map(|commit| commit.date);
        (rules.is_empty() || rules.iter().any(|rule| rule == finding.rule.id))
            && level.is_none_or(|least| finding.level >= least)
            && (paths.is_empty() || paths.iter().any(|pattern| has_path(finding, pattern.as_bytes())))
            && (authors.is_empty() || authors.iter().any(|pattern| has_author(finding, pattern)))
            && since.is_none_or(|since| date.is_some_and(|date| date >= since))
            && until.is_none_or(|until| date.is_some_and(|date| date <= until))
            && (!in_head || finding.in_head != Some(false))
    }
}

fn has_path(finding: &Finding, pattern: &[u8]) -> bool {
    let (Location::Blob { path, .. } | Location::GitConfig { path, .. }) = &finding.location else {
        return false;
    };
    if is_redacted(path) {
        return true;
    }
    let directory = [pattern.strip_suffix(b"/").unwrap_or(pattern), b"/*"].concat();
    glob::matches(pattern, path, u8::eq) || glob::matches(&directory, path, u8::eq)
}

fn has_author(finding: &Finding, pattern: &str) -> bool {
    let pattern = format!("*{pattern}*");
    let is_by = |author: &str| glob::matches(pattern.as_bytes(), author.as_bytes(), u8::eq_ignore_ascii_case);
    finding
        .commit
        .as_ref()
        .is_some_and(|commit| is_by(&commit.author) || is_redacted(commit.author.as_bytes()))
}

/// Returns true for a text in which a secret was replaced: any pattern may match the text as it was.
fn is_redacted(text: &[u8]) -> bool {
    text.contains_str("***")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::report::{CommitFacts, LevelSource};
    use crate::rules;

    fn finding() -> Finding {
        let facts = CommitFacts { author: "Ana <ana@example.org>".into(), date: 100, subject: "x".into() };
        Finding {
            rule: rules::find("unpinned-uses").unwrap(),
            level: Level::Warn,
            source: LevelSource::Default,
            message: String::new(),
            help: None,
            notes: Vec::new(),
            location: Location::Blob {
                commit: None,
                blob: crate::git::Oid::from_hex(&[b'1'; 40]).unwrap(),
                path: ".github/workflows/ci.yml".into(),
                line: None,
                column: None,
            },
            snippet: None,
            cause: None,
            commit: Some(Arc::new(facts)),
            in_head: Some(false),
            credential: None,
            exemption: None,
            repository: None,
            occurrence: 0,
            digest: None,
        }
    }

    #[test]
    fn every_condition_has_to_be_met() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let rules = |ids: &[&str]| Filter { rules: texts(ids), ..Filter::default() };
        let paths = |paths: &[&str]| Filter { paths: texts(paths), ..Filter::default() };
        let authors = |authors: &[&str]| Filter { authors: texts(authors), ..Filter::default() };
        for (filter, expected) in [
            (Filter::default(), true),
            (rules(&["unpinned-uses"]), true),
            (rules(&["unpinned-image", "unpinned-uses"]), true),
            (rules(&["unpinned-image"]), false),
            (Filter { level: Some(Level::Warn), ..Filter::default() }, true),
            (Filter { level: Some(Level::Deny), ..Filter::default() }, false),
            (paths(&[".github"]), true),
            (paths(&[".github/"]), true),
            (paths(&["*.yml"]), true),
            (paths(&[".git"]), false),
            (paths(&["ci.yml"]), false),
            (authors(&["ana"]), true),
            (authors(&["A*@example"]), true),
            (authors(&["ben"]), false),
            (Filter { since: Some(100), until: Some(100), ..Filter::default() }, true),
            (Filter { since: Some(101), ..Filter::default() }, false),
            (Filter { until: Some(99), ..Filter::default() }, false),
            (Filter { in_head: true, ..Filter::default() }, false),
        ] {
            assert_eq!(filter.selects(&finding()), expected, "{filter:?}");
        }
    }

    #[test]
    fn redacted_text_may_be_any() {
        let mut hidden = finding();
        hidden.location = Location::Ref { refname: "x".into() };
        let by_path = Filter { paths: vec!["src".to_owned()], ..Filter::default() };
        assert!(!by_path.selects(&hidden));
        let Location::Blob { path, .. } = &mut finding().location else { unreachable!() };
        path.extend_from_slice(b"/***");
        let (commit, blob) = (None, crate::git::Oid::from_hex(&[b'1'; 40]).unwrap());
        let path = std::mem::take(path);
        hidden.location = Location::Blob { commit, blob, path, line: None, column: None };
        assert!(by_path.selects(&hidden));
        let facts = CommitFacts { author: "*** <x@example.org>".into(), date: 1, subject: String::new() };
        hidden.commit = Some(Arc::new(facts));
        assert!(Filter { authors: vec!["ben".to_owned()], ..Filter::default() }.selects(&hidden));
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let mut report = Report { findings: vec![finding(), finding()], ..Report::default() };
        report.advice.push("git rebase".to_owned());
        Filter { level: Some(Level::Deny), ..Filter::default() }.apply(&mut report);
        assert_eq!(report.remarks, ["2 findings are left out by the filters of the command"]);
        assert!(report.findings.is_empty() && report.advice.is_empty());
    }

    #[test]
    fn only_some_filters_need_to_know_the_commits() {
        assert_eq!(Filter::default().needs(), Selection::default());
        assert!(Filter { since: Some(1), ..Filter::default() }.needs().commits);
        assert!(Filter { in_head: true, ..Filter::default() }.needs().in_head);
    }
}
