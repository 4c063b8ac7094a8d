//! Repairs that need no guess, for the workflows of the work tree.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::Path;

use bstr::{BStr, BString, ByteSlice as _};

use crate::cli::FixArgs;
use crate::error::{Error, Result};
use crate::file::{self, FileMode, Links};
use crate::fix::{Change, KnownPins, Repaired, repair};
use crate::git::{Git, ObjectKind, Oid, Repo};
use crate::output::Ui;
use crate::policy::{self, Policy};
use crate::text::{ParseError, as_path, escape, escape_path, quoted_path};
use crate::workflow::{Document, FileKind};
use crate::{ExitStatus, token};

/// Maximum size of a workflow and of the lock file, in bytes.
const MAX_SIZE: u64 = 4 << 20;

/// Shows the repairs; with `--apply` makes them.
pub(super) fn run(args: &FixArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let repo = Repo::open()?;
    let top = repo.work_tree().ok_or_else(|| Error::usage("a bare repository has no files to fix"))?;
    require_inside(&repo, top)?;
    let policy = policy::in_force(&repo)?;
    let files = workflows_of(top, ui)?;
    let known = known_pins(&repo, &policy, top, &files)?;
    let mut repaired_files = 0;
    for (path, text) in &files {
        let Some(repaired) = repair(&policy, path, text, &known) else { continue };
        ui.out(&diff(BStr::new(path), &repaired));
        if args.apply {
            file::replace_below(top, as_path(path), &repaired.text, Links::Never, FileMode::Kept)
                .map_err(|error| Error::io(format!("cannot write {}", escape(path)), error))?;
        }
        repaired_files += 1;
    }
    ui.out(&summary(repaired_files, args.apply));
    Ok(ExitStatus::Clean)
}

/// Fails unless the current directory is in the work tree: `core.worktree` of a repository may name any other.
fn require_inside(repo: &Repo, top: &Path) -> Result<()> {
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    if here.is_ok_and(|here| here.starts_with(top)) {
        return Ok(());
    }
    let (shown, quoted, git_dir) = (escape_path(top), quoted_path(top), quoted_path(repo.git_dir()));
    Err(Error::usage(format!("the work tree of this repository is elsewhere: {shown}")).hinted(format!(
        "if you mean its files: `git -C {quoted} --git-dir={git_dir} --work-tree={quoted} gate fix`"
    )))
}

/// Returns the tracked workflows and actions of a work tree, with their current text.
///
/// A file that is missing, or a link, is skipped. No link is followed: the file behind it may be a private one.
fn workflows_of(top: &Path, ui: &mut Ui) -> Result<Vec<(BString, Vec<u8>)>> {
    let listed = Git::new("ls-files").args(["-z", "--full-name"]).dir(top).output()?;
    let paths = listed.split(|byte| *byte == 0).filter(|path| FileKind::of(path).is_some());
    let mut files = Vec::new();
    for path in paths {
        let file = file::open_below(top, as_path(path), Links::Never);
        match file.and_then(|file| file::read_regular(&file, MAX_SIZE)) {
            Ok(text) => files.push((path.into(), text)),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => ui.err(&format!("note: {} is skipped: {error}\n", token::printable(path))),
        }
    }
    Ok(files)
}

/// Collects the known pins from the files, their history and the lock file.
fn known_pins(repo: &Repo, policy: &Policy, top: &Path, files: &[(BString, Vec<u8>)]) -> Result<KnownPins> {
    let mut known = KnownPins::default();
    let mut learn = |path: &[u8], text: &[u8]| {
        let documents = FileKind::of(path).map(|kind| Document::read(text, kind)).unwrap_or_default();
        documents.iter().for_each(|document| known.learn(document));
    };
    files.iter().for_each(|(path, text)| learn(path, text));
    for (path, oid) in history(top)? {
        if let Some(object) = repo.store().find(oid)?.filter(|object| object.kind == ObjectKind::Blob) {
            learn(&path, &object.data);
        }
    }
    if let Some(path) = &policy.workflows.lock_file {
        learn_lock_file(&mut known, top, path)?;
    }
    Ok(known)
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

/// Returns the path and the blob of each version of a workflow that HEAD reaches.
fn history(top: &Path) -> Result<HashSet<(BString, Oid)>> {
    if Git::new("rev-parse").args(["-q", "--verify", "HEAD"]).dir(top).answer()?.code != Some(0) {
        return Ok(HashSet::new());
    }
    let folders = [".github", ".gitea", ".forgejo", "action.yml", "action.yaml"];
    let listed = Git::walk("rev-list").args(["--objects", "HEAD", "--"]).args(folders).dir(top).output()?;
    let objects = listed.lines().filter_map(|line| line.split_once_str(" "));
    let files = objects.filter(|(_, path)| FileKind::of(path).is_some());
    Ok(files.filter_map(|(oid, path)| Some((path.into(), Oid::from_hex(oid)?))).collect())
}

/// Returns the changed lines, before and after.
fn diff(path: &BStr, repaired: &Repaired) -> String {
    let mut text = String::new();
    for Change { line, old, new } in &repaired.changes {
        let _ = writeln!(text, "{}:{line}", token::printable(path));
        let old_lines: Vec<&[u8]> = old.lines().collect();
        let new_lines: Vec<&[u8]> = new.lines().collect();
        for line in old_lines.iter().filter(|line| !new_lines.contains(line)) {
            let _ = writeln!(text, "- {}", token::redact_message(escape(line)));
        }
        for line in &new_lines {
            let mark = if old_lines.contains(line) { ' ' } else { '+' };
            let _ = writeln!(text, "{mark} {}", token::redact_message(escape(line)));
        }
    }
    text
}

fn summary(files: usize, applied: bool) -> String {
    match (files, applied) {
        (0, _) => {
            "nothing can be fixed automatically; to list all findings, run `git gate scan --tree HEAD`\n"
                .to_owned()
        }
        (1, true) => "fixed 1 file\n".to_owned(),
        (_, true) => format!("fixed {files} files\n"),
        (_, false) => "nothing was changed; to apply, run `git gate fix --apply`\n".to_owned(),
    }
}
