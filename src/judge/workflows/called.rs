//! Local reusable workflows outside the folders of workflows: the files that the `uses` of jobs name.
//!
//! Gitea, Forgejo and local runners find them anywhere in the tree.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use bstr::{BString, ByteSlice as _};
use memchr::memchr_iter;

use super::folders::{WorkflowEntry, joined, workflows};
use crate::error::Result;
use crate::git::{ChangedFile, Changes, Mode, Oid, Repo};
use crate::workflow::{Document, FileKind};

/// Maximum number of reusable workflows that are followed per tree; more are refused.
const MAX_CALLED: usize = 256;

/// Maximum number of paths outside these folders that are looked up per tree.
const MAX_ASKED: usize = 1024;

/// Maximum number of files whose calls are remembered.
const MAX_KEPT: usize = 1 << 16;

/// Reusable workflows that the workflows of a tree call, directly or through others.
#[derive(Default)]
pub(super) struct CalledWorkflows {
    /// Mode and object by path. A link or a submodule on the way to a workflow has its own path.
    pub(super) files: BTreeMap<BString, Called>,
    /// Workflow at which the maximum was reached.
    pub(super) cut_at: Option<WorkflowEntry>,
}

/// Reusable workflow that is called.
pub(super) struct Called {
    pub(super) mode: Mode,
    pub(super) oid: Oid,
    /// Path of a workflow that calls it.
    pub(super) caller: BString,
}

impl CalledWorkflows {
    /// Returns the entry at a path.
    pub(super) fn entry(&self, path: &BString) -> Option<(Mode, Oid)> {
        self.files.get(path).map(|called| (called.mode, called.oid))
    }
}

/// Finds the reusable workflows of trees, and remembers what each file calls.
#[derive(Default)]
pub(super) struct CallFinder {
    calls: HashMap<(Oid, FileKind), Rc<[String]>>,
}

impl CallFinder {
    /// Returns the reusable workflows of a tree outside the folders of workflows.
    ///
    /// # Errors
    /// Fails when a tree or a workflow cannot be read.
    pub(super) fn find(
        &mut self,
        repo: &Repo,
        changes: &mut Changes<'_>,
        tree: Oid,
    ) -> Result<CalledWorkflows> {
        let mut found = CalledWorkflows::default();
        let mut waiting = workflows(changes, tree)?;
        let mut asked = HashSet::new();
        while let Some(caller) = waiting.pop() {
            for call in self.calls(repo, &caller)?.iter() {
                if is_found_anyway(call.as_bytes()) || !asked.insert(call.clone()) {
                    continue;
                }
                let files = resolved(changes, tree, call.as_bytes())?;
                if found.files.len() + files.len() > MAX_CALLED || asked.len() > MAX_ASKED {
                    found.cut_at = Some(caller);
                    return Ok(found);
                }
                for (path, mode, oid) in files {
                    if is_found_anyway(&path) || found.files.contains_key(&path) {
                        continue;
                    }
                    if mode == Mode::File {
                        waiting.push(WorkflowEntry { path: path.clone(), oid, kind: FileKind::CALLED });
                    }
                    found.files.insert(path, Called { mode, oid, caller: caller.path.clone() });
                }
            }
        }
        Ok(found)
    }

    /// Remembers the paths that a workflow calls, which has been read.
    pub(super) fn learn(&mut self, oid: Oid, kind: FileKind, calls: &[String]) {
        if self.calls.len() >= MAX_KEPT {
            self.calls.clear();
        }
        self.calls.entry((oid, kind)).or_insert_with(|| calls.into());
    }

    /// Returns the paths that a workflow calls.
    fn calls(&mut self, repo: &Repo, file: &WorkflowEntry) -> Result<Rc<[String]>> {
        let key = (file.oid, file.kind);
        if let Some(calls) = self.calls.get(&key) {
            return Ok(Rc::clone(calls));
        }
        let text = repo.store().blob(file.oid)?;
        let calls: Rc<[String]> = match may_call(&text) {
            true => calls(&Document::read(&text, file.kind)).into(),
            false => Rc::default(),
        };
        self.learn(file.oid, file.kind, &calls);
        Ok(calls)
    }
}

/// Returns whether a path is in a folder of workflows.
fn is_found_anyway(path: &[u8]) -> bool {
    FileKind::of(path).is_some_and(|kind| kind.workflow)
}

/// Returns the paths that a file calls, read in every way.
pub(super) fn calls(documents: &[Document]) -> Vec<String> {
    let mut calls: Vec<String> =
        documents.iter().flat_map(|document| document.model.called_workflows()).collect();
    calls.sort_unstable();
    calls.dedup();
    calls
}

/// Returns whether a text may contain a local path; an escape can spell one.
fn may_call(text: &[u8]) -> bool {
    text.contains(&b'\\') || text.contains_str("./") || text.contains_str("$/")
}

/// Returns whether a changed file may be a reusable workflow, or lead to one.
///
/// Reads the file from the repository, unless its content is given.
///
/// # Errors
/// Fails when the file cannot be read.
pub(super) fn may_be_called(repo: &Repo, file: &ChangedFile, content: Option<&[u8]>) -> Result<bool> {
    if file.mode != Mode::File {
        return Ok(true);
    }
    let is_candidate = may_be_called_by_name(&file.path) && !is_found_anyway(&file.path);
    Ok(is_candidate
        && match content {
            Some(content) => may_be_workflow(content),
            None => may_be_workflow(&repo.store().blob(file.oid)?),
        })
}

/// Returns whether a workflow may call a file of this name.
pub(in crate::judge) fn may_be_called_by_name(name: &[u8]) -> bool {
    [&b".yml"[..], b".yaml"].iter().any(|end| {
        let (_, last) = name.split_at(name.len().saturating_sub(end.len()));
        last.eq_ignore_ascii_case(end)
    })
}

/// Returns whether a text may have the key `jobs`, with something in it that runs. An escape or a tag can spell
/// any key.
fn may_be_workflow(text: &[u8]) -> bool {
    let contains = |word: &&str| text.contains_str(word);
    has_key_jobs(text) && ["uses", "steps", "container", "services"].iter().any(contains)
        || has_escaped_key(text)
        || ["!binary", "yaml.org,2002:", "%TAG"].iter().any(contains)
        || (text.starts_with(&[0xff, 0xfe]) || text.starts_with(&[0xfe, 0xff])) && text.contains(&0)
}

/// Returns whether a text may have the key `jobs`, written without escapes.
///
/// A colon follows the key, on the same line, unless the key is explicit (`? jobs`) or an alias (`*name :`).
fn has_key_jobs(text: &[u8]) -> bool {
    let mut words = text.find_iter("jobs").peekable();
    if words.peek().is_none() {
        return false;
    }
    let ends_before_colon = |at: usize| {
        let (_, rest) = text.split_at(at + "jobs".len());
        let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
        begins_with_colon(rest)
    };
    words.any(ends_before_colon) || has_distant_colon(text)
}

/// Returns whether a text may have the key `jobs` in double quotes, with an escape in it.
fn has_escaped_key(text: &[u8]) -> bool {
    let is_escape = |at: usize| {
        let (_, rest) = text.split_at(at + 1);
        let forms: [&[u8]; 3] = [b"x", b"u00", b"U000000"];
        let digits = forms.iter().find_map(|form| rest.strip_prefix(*form)).and_then(|rest| rest.get(..2));
        let letter = digits.and_then(|digits| u8::from_str_radix(digits.to_str().ok()?, 16).ok());
        // An escaped line break joins the parts of an explicit key.
        letter.is_some_and(|letter| b"jobs".contains(&letter))
            || rest.first().is_some_and(|byte| b"\r\n".contains(byte))
    };
    let is_quoted_key = |at: usize| begins_with_colon(text.split_at(at + 1).1);
    memchr_iter(b'\\', text).any(is_escape)
        && (memchr_iter(b'"', text).any(is_quoted_key) || has_distant_colon(text))
}

/// Returns whether a text may have a key without a colon directly after it: an explicit key or an alias.
fn has_distant_colon(text: &[u8]) -> bool {
    let is_explicit = |at: usize| {
        let (before, rest) = text.split_at(at);
        let starts = before.last().is_none_or(|byte| b" \t\r\n{[,-?:".contains(byte));
        starts && rest.get(1).is_none_or(|byte| b" \t\r\n".contains(byte))
    };
    let is_alias_key = |at: usize| {
        let (_, rest) = text.split_at(at);
        let name = rest.iter().take_while(|byte| !b" \t\r\n".contains(byte)).count();
        begins_with_colon(rest.split_at(name).1)
    };
    memchr_iter(b'?', text).any(is_explicit) || memchr_iter(b'*', text).any(is_alias_key)
}

/// Returns whether a text begins with a colon, after blanks.
fn begins_with_colon(text: &[u8]) -> bool {
    text.iter().find(|byte| !matches!(byte, b' ' | b'\t')) == Some(&b':')
}

/// Returns the files at a path of a tree, which is compared without case, as a runner's file system may do.
///
/// A link or a submodule on the way stands for what is below it. More files than are followed are never
/// complete: names that differ only in case can multiply.
fn resolved(changes: &mut Changes<'_>, tree: Oid, path: &[u8]) -> Result<Vec<(BString, Mode, Oid)>> {
    let (mut found, mut directories) = (Vec::new(), vec![(BString::default(), tree)]);
    let mut parts = path.split_str("/").peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        let mut below = Vec::new();
        for (directory, oid) in directories {
            let tree = changes.tree(oid)?;
            for entry in tree.entries().filter(|entry| entry.name.eq_ignore_ascii_case(part)) {
                let path = joined(&directory, entry.name);
                if found.len() + below.len() > MAX_CALLED {
                    return Ok(found
                        .into_iter()
                        .chain(below.into_iter().map(|(path, oid)| (path, Mode::Tree, oid)))
                        .collect());
                }
                match entry.mode {
                    Mode::Tree => below.push((path, entry.oid)),
                    Mode::File if !is_last => {}
                    mode => found.push((path, mode, entry.oid)),
                }
            }
        }
        directories = below;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_spelling_of_the_key_may_be_a_workflow() {
        let steps = "{a: {steps: []}}";
        for (key, may_be) in [
            ("jobs:", true),
            ("  \"jobs\" \t:", true),
            ("'jobs':", true),
            ("{on: x, jobs:", true),
            ("!!str jobs:", true),
            ("? jobs\n:", true),
            ("? &x jobs\n:", true),
            ("?\n  jobs\n:", true),
            ("{? jobs :", true),
            ("a: &x jobs\n*x :", true),
            ("a: &x jobs\n{*x\t:", true),
            ("\"j\\x6fbs\":", true),
            ("\"\\u006aobs\":", true),
            ("\"j\\U0000006Fbs\":", true),
            ("? \"jo\\\nbs\"\n:", true),
            ("!!binary am9icw==:", true),
            ("!<tag:yaml.org,2002:%62inary> am9icw==:", true),
            ("%TAG !e! tag:x\n---\n!e!y am9icw==:", true),
            ("b\"\\x7f\", crate::binary, \"\\x73\"", false),
            ("// four jobs are\n", false),
            ("let jobs = ", false),
            ("--jobs N", false),
            ("job:", false),
            (" * the jobs\n */\n", false),
        ] {
            assert_eq!(may_be_workflow(format!("{key} {steps}\n").as_bytes()), may_be, "{key}");
        }
        assert!(!may_be_workflow(b"jobs: {a: {runs-on: x}}\n"));
        let utf16: Vec<u8> = "\u{feff}jobs: {}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(may_be_workflow(&utf16));
    }
}
