//! Repairs of the workflows of the work tree, and what is left to do after them.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::Path;

use bstr::{BStr, BString, ByteSlice as _};

use super::{git_config, left, oids, resolve};
use crate::cli::FixArgs;
use crate::error::{Error, Result};
use crate::file::{self, FileMode, Links};
use crate::fix::{Basis, Change, FileText, Files, Fix, Repaired, repair};
use crate::git::{Git, Repo};
use crate::output::Ui;
use crate::platform;
use crate::policy;
use crate::text::{as_path, escape, escape_path, quoted_path};
use crate::workflow::{ActionsLock, FileKind, LOCK_PATH};
use crate::{ExitStatus, token};

/// Maximum size of a workflow and of the lock file, in bytes.
pub(super) const MAX_SIZE: u64 = 4 << 20;

/// Maximum size of a script that is searched for pushes, in bytes.
const MAX_SCRIPT: u64 = 1 << 20;

/// Shows the repairs; with `--apply` makes them. Then says what is left.
pub(super) fn run(args: &FixArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let repo = Repo::open()?;
    let top = repo.work_tree().ok_or_else(|| Error::usage("a bare repository has no files to fix"))?;
    require_inside(&repo, top)?;
    let policy = policy::in_force(&repo)?;
    let tree = WorkTree::list(top)?;
    let files = tree.workflows(ui);
    let mut unread = Vec::new();
    let mut known = oids::known(&repo, &policy, top, &files, ui, &mut unread)?;
    let lock = files.iter().find(|(path, _)| path == LOCK_PATH).map(|(_, text)| ActionsLock::read(text));
    let fixes = |known: &_| {
        let basis =
            Basis { policy: &policy, known, lock: lock.as_ref(), files: &tree, is_unsafe: args.r#unsafe };
        files.iter().map(|(path, text)| (path, repair(&basis, path, text))).collect::<Vec<(&BString, Fix)>>()
    };
    let mut fixed = fixes(&known);
    let mut unasked = BTreeSet::new();
    if args.resolve {
        unasked = resolve::learn(&mut known, &fixed, ui)?;
        fixed = fixes(&known);
    }
    let mut repaired_files = 0;
    for (path, fix) in &fixed {
        let Some(repaired) = &fix.repaired else { continue };
        ui.out(&diff(BStr::new(path), repaired));
        if args.apply {
            file::replace_below(top, as_path(path), &repaired.text, Links::Never, FileMode::Kept)
                .map_err(|error| Error::io(format!("cannot write {}", escape(path)), error))?;
        }
        repaired_files += 1;
    }
    ui.out(&summary(repaired_files, args));
    ui.out(&left::report(&fixed, args, &unasked));
    ui.out(git_config::left(&repo));
    Ok(left::show_unread(&unread, ui))
}

/// Tracked files of a work tree.
struct WorkTree<'t> {
    top: &'t Path,
    paths: HashSet<BString>,
    /// Texts of the scripts that were read.
    scripts: RefCell<HashMap<String, FileText>>,
}

impl Files for WorkTree<'_> {
    fn read(&self, path: &str) -> FileText {
        if !self.paths.contains(path.as_bytes().as_bstr()) {
            return FileText::Missing;
        }
        let read = || {
            let name = as_path(path.as_bytes());
            let file = file::open_below(self.top, name, Links::Never);
            match file.and_then(|file| file::read_regular(&file, MAX_SCRIPT)) {
                Ok(text) => FileText::Found(text),
                Err(error) if error.kind() == ErrorKind::NotFound => FileText::Missing,
                // A submodule is no script.
                Err(_) if self.top.join(name).is_dir() => FileText::Missing,
                Err(_) => FileText::Unreadable,
            }
        };
        self.scripts.borrow_mut().entry(path.to_owned()).or_insert_with(read).clone()
    }
}

/// Fails unless the current directory is in the work tree: `core.worktree` of a repository may name any other.
fn require_inside(repo: &Repo, top: &Path) -> Result<()> {
    let here = std::env::current_dir().and_then(|here| platform::real_path(&here));
    if here.is_ok_and(|here| here.starts_with(top)) {
        return Ok(());
    }
    let (shown, quoted, git_dir) = (escape_path(top), quoted_path(top), quoted_path(repo.git_dir()));
    Err(Error::usage(format!("the work tree of this repository is elsewhere: {shown}")).hinted(format!(
        "if you mean its files: `git -C {quoted} --git-dir={git_dir} --work-tree={quoted} gate fix`"
    )))
}

impl<'t> WorkTree<'t> {
    /// Lists the tracked files.
    fn list(top: &'t Path) -> Result<Self> {
        let listed = Git::new("ls-files").args(["-z", "--full-name"]).dir(top).output()?;
        let paths = listed.split(|byte| *byte == 0).map(BString::from).collect();
        Ok(Self { top, paths, scripts: RefCell::default() })
    }

    /// Returns the workflows and actions, with their current text, in the order of their paths.
    ///
    /// A file that is missing, or a link, is skipped. No link is followed: the file behind it may be a private
    /// one.
    fn workflows(&self, ui: &mut Ui) -> Vec<(BString, Vec<u8>)> {
        let mut paths: Vec<&BString> =
            self.paths.iter().filter(|path| FileKind::of(path).is_some()).collect();
        paths.sort_unstable();
        let mut files = Vec::new();
        for path in paths {
            let file = file::open_below(self.top, as_path(path), Links::Never);
            match file.and_then(|file| file::read_regular(&file, MAX_SIZE)) {
                Ok(text) => files.push((path.clone(), text)),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => ui.err(&format!("note: {} is skipped: {error}\n", token::printable(path))),
            }
        }
        files
    }
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

fn summary(files: usize, args: &FixArgs) -> String {
    match (files, args.apply) {
        (0, _) => {
            "nothing can be fixed automatically; to list all findings, run `git gate scan --tree HEAD`\n"
                .to_owned()
        }
        (1, true) => "fixed 1 file\n".to_owned(),
        (_, true) => format!("fixed {files} files\n"),
        (_, false) => {
            let options = [(args.r#unsafe, " --unsafe"), (args.resolve, " --resolve")];
            let options: String =
                options.iter().filter(|(is_set, _)| *is_set).map(|(_, option)| *option).collect();
            format!("nothing was changed; to apply, run `git gate fix{options} --apply`\n")
        }
    }
}
