//! Deciding files: files of a repository that determine how it is judged itself.
//!
//! They count from the default branch before the push only. An invalid one is refused where it comes in. One
//! that is there already blocks nothing, not even its own repair: it is read in the strictest way.

mod brought;
mod tip_files;

pub(super) use brought::add_unread;

use crate::error::Result;
use crate::git::{Authority, AuthorityPlace, Mode, Repo};
use crate::signoff::{DcoYml, Mailmap, dco_yml, mailmap};

/// Kind of deciding file: its path, its maximum size in bytes, and its parser.
pub(super) struct FileKind<T> {
    path: &'static str,
    max_size: u64,
    /// Returns what the file says.
    ///
    /// # Errors
    /// Returns the fault of an invalid file.
    parse: fn(&[u8]) -> std::result::Result<T, String>,
    /// Effect of a file that cannot count, as the end of a sentence.
    effect: &'static str,
}

pub(super) const DCO_YML: FileKind<DcoYml> = FileKind {
    path: dco_yml::PATH,
    max_size: dco_yml::MAX_SIZE,
    parse: DcoYml::parse,
    effect: "it enables no remediation",
};
pub(super) const MAILMAP: FileKind<Mailmap> = FileKind {
    path: mailmap::PATH,
    max_size: mailmap::MAX_SIZE,
    parse: |text| Ok(Mailmap::parse(text)),
    effect: "no address is mapped",
};

impl<T> FileKind<T> {
    /// Returns the path of the file.
    pub(super) fn path(&self) -> &'static str {
        self.path
    }
}

/// A deciding file as it counts.
pub(super) struct DecidingFile<T> {
    /// Parsed content; `None` if there is no file, or none that can count.
    pub(super) content: Option<T>,
    /// Remark about a file that cannot count, or that counts although it is judged itself.
    pub(super) remark: Option<String>,
    /// Remark that there is no file, for a verdict that one could change.
    pub(super) absence: Option<String>,
}

/// Advice for a clone in which git has not recorded the default branch of a remote.
const SET_HEAD: &str = "`git fetch <remote>` and `git remote set-head <remote> --auto` record it";

/// Reads a deciding file.
///
/// # Errors
/// Fails when the commit or the file cannot be read.
pub(super) fn deciding_file<T>(
    repo: &Repo,
    authority: Authority,
    kind: &FileKind<T>,
) -> Result<DecidingFile<T>> {
    let FileKind { path, max_size, parse, effect } = *kind;
    let place = authority.place;
    let mut file = DecidingFile { content: None, remark: None, absence: None };
    let Some(commit) = authority.commit else {
        file.absence = Some(match place {
            AuthorityPlace::Unknown => {
                format!("`{path}` was not read: no default branch is known; {SET_HEAD}")
            }
            _ => format!("`{path}` was not read: there is no default branch yet"),
        });
        return Ok(file);
    };
    let tree = repo.store().commit(commit)?.tree;
    let Some(entry) = repo.store().find_entry(tree, path.as_bytes())? else {
        let short = commit.short();
        file.absence = Some(format!("`{path}` was not read: there is none {place} ({short})"));
        return Ok(file);
    };
    if entry.mode != Mode::File {
        let kind = mode_name(entry.mode);
        file.remark = Some(format!("`{path}` {place} was not read: it is {kind}; {effect}"));
        return Ok(file);
    }
    match repo.store().parsed_up_to(entry.oid, max_size, parse)? {
        Ok(content) => {
            let counts = || format!("`{path}` of HEAD itself counts: no default branch is known");
            file.remark = (place == AuthorityPlace::Head).then(counts);
            file.content = Some(content);
        }
        Err(fault) => {
            file.remark =
                Some(format!("`{path}` {place} is not valid: {fault}; until it is corrected, {effect}"));
        }
    }
    Ok(file)
}

fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::File => "a file",
        Mode::Symlink => "a symbolic link, which is not followed",
        Mode::Tree => "a directory",
        Mode::Submodule => "a submodule",
    }
}
