//! Sample findings for the tests of the formats, with text that each format has to escape.

use bstr::BString;

use crate::git::Oid;
use crate::report::{Checked, Finding, Level, LevelSource, Location, Obstacle, Report, Unread};
use crate::rules;

/// Text with special characters of terminals, HTML, JSON, Markdown and GitHub runners.
pub(super) const HOSTILE: &str = "a%b:c,d\r\n::error::e [f](https://x.test) \"<g>\"";

fn oid() -> Oid {
    Oid::from_hex(&[b'1'; 40]).unwrap()
}

fn finding(rule: &str, level: Level, location: Location) -> Finding {
    Finding {
        rule: rules::find(rule).unwrap(),
        level,
        source: LevelSource::Default,
        message: "`a/b@v1` is not pinned to a commit".to_owned(),
        help: Some("pin it".to_owned()),
        notes: vec!["a note".to_owned()],
        location,
        snippet: None,
        cause: None,
        commit: None,
        in_head: None,
        credential: None,
        exemption: None,
        repository: None,
        occurrence: 0,
        digest: None,
    }
}

/// Returns an object that could not be read.
pub(super) fn unread() -> Unread {
    let (why, hint) = ("line 1: it is not valid YAML".to_owned(), "repair it".to_owned());
    let (kind, path, obstacle) = ("blob", ".github/dco.yml".into(), Obstacle::Invalid);
    Unread { oid: Some(oid()), kind, path, commit: Some(oid()), obstacle, why, hint, repository: None }
}

/// Returns a finding in a file.
pub(super) fn blob(path: &str, line: u32) -> Finding {
    let (commit, blob, path) = (Some(oid()), oid(), BString::from(path));
    let location = Location::Blob { commit, blob, path, line: Some(line), column: Some(1) };
    finding("unpinned-uses", Level::Deny, location)
}

/// Returns a finding in the message of a commit.
pub(super) fn commit(line: Option<u32>) -> Finding {
    let location = Location::Commit { commit: Some(oid()), subject: "ci: build".to_owned(), line };
    finding("missing-signoff", Level::Deny, location)
}

/// Returns a finding about a sign-off under another name.
pub(super) fn misnamed() -> Finding {
    Finding { rule: rules::find("misnamed-signoff").unwrap(), ..commit(None) }
}

/// Returns a finding in git config.
pub(super) fn git_config(path: &str) -> Finding {
    let key = "http.extraheader".to_owned();
    let location = Location::GitConfig { scope: "local", path: path.into(), line: Some(9), key };
    finding("token-in-git-config", Level::Deny, location)
}

/// Returns a finding in the name of a ref.
pub(super) fn refname(refname: &str) -> Finding {
    finding("token-in-content", Level::Warn, Location::Ref { refname: refname.into() })
}

/// Returns a report with one finding for each kind of location.
pub(super) fn report() -> Report {
    let findings = vec![
        blob(".github/workflows/c i.yml", 3),
        commit(None),
        git_config(".git/config"),
        refname("refs/heads/x"),
    ];
    let checked = Checked { commits: 3, workflows: 2, ..Checked::default() };
    Report {
        findings,
        checked,
        advice: vec!["do this".to_owned()],
        remarks: vec!["a remark".to_owned()],
        ..Report::default()
    }
}
