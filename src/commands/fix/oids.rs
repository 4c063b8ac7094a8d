//! Oids and labels that are known without asking anyone.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::ErrorKind;
use std::path::Path;

use bstr::{BString, ByteSlice as _};
use serde::Deserialize;

use super::workflows::MAX_SIZE;
use crate::error::{Error, Result};
use crate::file::{self, Links};
use crate::fix::KnownPins;
use crate::git::{Git, ObjectKind, Oid, Repo};
use crate::output::Ui;
use crate::policy::{self, Policy};
use crate::text::{ParseError, escape_path};
use crate::workflow::{Document, FileKind};

/// Lock file of GitHub Agentic Workflows (gh-aw, `pkg/workflow/action_cache.go`).
const AGENTIC_LOCK: &str = ".github/aw/actions-lock.json";

/// Collects the known pins from the files, their history and the lock files. Notes in `unread` what cannot be read of
/// the history: less is known then, and no repair depends on it.
///
/// # Errors
/// Fails when a lock file is not valid.
pub(super) fn known(
    repo: &Repo,
    policy: &Policy,
    top: &Path,
    files: &[(BString, Vec<u8>)],
    ui: &mut Ui,
    unread: &mut Vec<Error>,
) -> Result<KnownPins> {
    let mut known = KnownPins::default();
    let mut learn = |path: &[u8], text: &[u8]| {
        let documents = FileKind::of(path).map(|kind| Document::read(text, kind)).unwrap_or_default();
        documents.iter().for_each(|document| known.learn(document));
    };
    files.iter().for_each(|(path, text)| learn(path, text));
    let History { versions, missing } = history(top).unwrap_or_else(|error| {
        unread.push(error);
        History::default()
    });
    for (path, oid) in versions {
        match repo.store().read(oid) {
            Ok(object) if object.kind == ObjectKind::Blob => learn(&path, &object.data),
            Ok(_) => {}
            Err(error) => unread.push(error),
        }
    }
    unread.extend(missing.into_iter().filter_map(|oid| repo.store().read(oid).err()));
    if let Some(path) = &policy.workflows.lock_file {
        learn_lock_file(&mut known, top, path)?;
    }
    learn_agentic_lock(&mut known, top, ui);
    Ok(known)
}

/// File of pins that gh-aw keeps.
#[derive(Deserialize)]
struct AgenticLock {
    #[serde(default)]
    entries: BTreeMap<String, AgenticEntry>,
}

/// One pin of that file. Its key is `owner/repository@version`.
#[derive(Deserialize)]
struct AgenticEntry {
    repo: String,
    version: String,
    sha: String,
}

/// Collects the pins of the lock file of gh-aw, if there is one.
fn learn_agentic_lock(known: &mut KnownPins, top: &Path, ui: &mut Ui) {
    let file = file::open_below(top, Path::new(AGENTIC_LOCK), Links::Never);
    let text = match file.and_then(|file| file::read_regular(&file, MAX_SIZE)) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return,
        Err(error) => return ui.err(&format!("note: {AGENTIC_LOCK} is skipped: {error}\n")),
    };
    let Ok(AgenticLock { entries }) = serde_json::from_slice(&text) else {
        return ui.err(&format!("note: {AGENTIC_LOCK} is skipped: it is not the lock file of gh-aw\n"));
    };
    let pins = entries.into_values().map(|AgenticEntry { repo, version, sha }| {
        // A path in the repository is no part of its name.
        let name: Vec<&str> = repo.splitn(3, '/').take(2).collect();
        (format!("{}@{version}", name.join("/")), sha)
    });
    if known.learn_lock(&pins.collect()).is_err() {
        ui.err(&format!("note: an entry of {AGENTIC_LOCK} is no pin; it and those after it are not used\n"));
    }
}

/// Collects the pins of the lock file. `path` is relative to the top of the work tree.
fn learn_lock_file(known: &mut KnownPins, top: &Path, path: &Path) -> Result<()> {
    let text = policy::read_in_work_tree(top, path, MAX_SIZE)?;
    let shown = escape_path(path);
    let invalid = |why: String| Error::policy(format!("the lock file {shown} is not valid: {why}"));
    let entries: BTreeMap<String, String> = serde_yaml::from_slice(&text).map_err(|error| {
        let ParseError { line, column, kind } = ParseError::from(&error);
        invalid(format!("line {line}, column {column}: {kind}"))
    })?;
    known.learn_lock(&entries).map_err(|why| invalid(why.to_owned()))
}

/// Versions of the workflows that HEAD reaches.
#[derive(Default)]
struct History {
    /// Path and blob of each version.
    versions: HashSet<(BString, Oid)>,
    /// Objects of their folders that the repository has not; git names no path of these.
    missing: BTreeSet<Oid>,
}

/// Returns the versions of the workflows that HEAD reaches.
fn history(top: &Path) -> Result<History> {
    if Git::new("rev-parse").args(["-q", "--verify", "HEAD"]).dir(top).answer()?.code != Some(0) {
        return Ok(History::default());
    }
    let folders = [".github", ".gitea", ".forgejo", "action.yml", "action.yaml"];
    let options = ["--objects", "--missing=print", "HEAD", "--"];
    let listed = Git::walk("rev-list").args(options).args(folders).dir(top).output()?;
    let missing = listed.lines().filter_map(|line| Oid::from_hex(line.strip_prefix(b"?")?)).collect();
    let objects = listed.lines().filter_map(|line| line.split_once_str(" "));
    let files = objects.filter(|(_, path)| FileKind::of(path).is_some());
    let versions = files.filter_map(|(oid, path)| Some((path.into(), Oid::from_hex(oid)?))).collect();
    Ok(History { versions, missing })
}
