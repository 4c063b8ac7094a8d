//! Findings and unread objects from the lines of a stream.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;

use super::stream::owned;
use crate::git::Oid;
use crate::report::{
    CommitFacts, CredentialFacts, ExemptedBy, Finding, GrantedExemption, Level, LevelSource, Location,
    Obstacle, Standing, Unread, parse_fingerprint,
};
use crate::rules;
use crate::text::date;

#[derive(Deserialize)]
struct FindingLine {
    repository: String,
    rule: String,
    level: Level,
    message: String,
    help: Option<String>,
    #[serde(default)]
    notes: Vec<String>,
    location: LocationLine,
    author: Option<String>,
    date: Option<String>,
    subject: Option<String>,
    in_head: Option<bool>,
    fingerprint: String,
    secret: Option<SecretLine>,
    exempted_by: Option<String>,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct SecretLine {
    provider: Option<String>,
    kind: String,
    length: usize,
    number: Option<usize>,
    findings: Option<usize>,
    first_commit: Option<String>,
    last_commit: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum LocationLine {
    Blob { commit: Option<String>, blob: String, path: String, line: Option<u32>, column: Option<u32> },
    Commit { commit: Option<String>, line: Option<u32> },
    GitConfig { scope: String, path: String, line: Option<u32>, key: String },
    Ref { refname: String },
}

#[derive(Deserialize)]
struct UnreadLine {
    repository: String,
    oid: Option<String>,
    object: String,
    path: String,
    commit: Option<String>,
    why: String,
    obstacle: String,
    #[serde(default)]
    hint: String,
}

/// Scopes of git config, as findings name them.
const SCOPES: [&str; 5] = ["system", "global", "local", "worktree", "command"];

/// Kinds of objects and the like that may be unread.
const KINDS: [&str; 6] = ["commit", "tree", "blob", "tag", "object", "ref"];

/// Returns the finding of a line; `None` if it is not one of this repository that this version knows.
///
/// A line has no excerpt of a file, so the finding has none.
pub(super) fn finding(line: &[u8], repository: &str, name: &Arc<str>) -> Option<Finding> {
    let line: FindingLine = owned(line)?;
    (line.repository == repository).then_some(())?;
    let commit = match (line.author, line.date, line.subject) {
        (Some(author), Some(date), Some(subject)) => {
            Some(Arc::new(CommitFacts { author, date: date::to_seconds(&date)?, subject }))
        }
        _ => None,
    };
    let subject = commit.as_ref().map_or_else(String::new, |commit| commit.subject.clone());
    let (digest, occurrence) = parse_fingerprint(&line.fingerprint)?;
    Some(Finding {
        rule: rules::find(&line.rule)?,
        level: line.level,
        source: LevelSource::Repository,
        message: line.message,
        help: line.help,
        notes: line.notes,
        location: location(line.location, subject)?,
        snippet: None,
        cause: None,
        commit,
        in_head: line.in_head,
        occurrence,
        digest: Some(digest),
        credential: each(line.secret.map(credential))?,
        exemption: each(line.exempted_by.map(|by| exemption(&by, line.reason)))?,
        repository: Some(Arc::clone(name)),
    })
}

/// Returns the facts about a credential; `None` if an oid is not valid.
fn credential(line: SecretLine) -> Option<Box<CredentialFacts>> {
    let (first_commit, last_commit) = (optional(line.first_commit)?, optional(line.last_commit)?);
    let numbers = line.number.zip(line.findings);
    let standing = numbers.map(|(number, findings)| Standing { number, findings, first_commit, last_commit });
    let (provider, kind) = (line.provider.map(Cow::Owned), line.kind.into());
    Some(Box::new(CredentialFacts { provider, kind, length: line.length, same: 0, mark: None, standing }))
}

/// Returns the exemption of a line; `None` if this version does not know it.
fn exemption(by: &str, reason: Option<String>) -> Option<GrantedExemption> {
    Some(GrantedExemption { by: ExemptedBy::of_word(by)?, reason: reason? })
}

/// Returns the unread object of a line; `None` as for [`finding`].
pub(super) fn unread(line: &[u8], repository: &str, name: &Arc<str>) -> Option<Unread> {
    let line: UnreadLine = owned(line)?;
    (line.repository == repository).then_some(())?;
    Some(Unread {
        oid: optional(line.oid)?,
        kind: KINDS.into_iter().find(|kind| *kind == line.object)?,
        path: line.path.into(),
        commit: optional(line.commit)?,
        obstacle: Obstacle::of_name(&line.obstacle)?,
        why: line.why,
        hint: line.hint,
        repository: Some(Arc::clone(name)),
    })
}

fn location(location: LocationLine, subject: String) -> Option<Location> {
    Some(match location {
        LocationLine::Blob { commit, blob, path, line, column } => {
            let (commit, blob) = (optional(commit)?, Oid::from_hex(blob.as_bytes())?);
            Location::Blob { commit, blob, path: path.into(), line, column }
        }
        LocationLine::Commit { commit, line } => {
            Location::Commit { commit: optional(commit)?, subject, line }
        }
        LocationLine::GitConfig { scope, path, line, key } => {
            let scope = SCOPES.into_iter().find(|known| *known == scope)?;
            Location::GitConfig { scope, path: path.into(), line, key }
        }
        LocationLine::Ref { refname } => Location::Ref { refname: refname.into() },
    })
}

/// Returns a part that may be missing; `None` if there is one that is not valid.
fn each<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    part.map_or(Some(None), |part| part.map(Some))
}

/// Parses an oid that may be missing; `None` if there is one that is not valid.
fn optional(oid: Option<String>) -> Option<Option<Oid>> {
    each(oid.map(|oid| Oid::from_hex(oid.as_bytes())))
}
