//! Decision, without running git, that a bare repository has the hook as an installation would leave it.

use std::fs;
use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice as _};

use super::config_hooks;
use super::forge::reserved_directory;
use super::git_version::GitVersion;
use super::{Installation, own_path, plan_install, plan_uninstall};
use crate::cli::InstallMode;
use crate::config::{ConfigPart, parse};
use crate::error::Result;
use crate::git::Git;
use crate::hook::HookEvent;
use crate::platform;

/// Sections of git config whose entries may decide about hooks, and cannot be judged alone.
const INCLUDES: [&[u8]; 2] = [b"include", b"includeif"];

/// Extensions of the repository format that change nothing about hooks, and that git-gate reads.
const KNOWN_EXTENSIONS: [&[u8]; 2] = [b"extensions.objectformat", b"extensions.refstorage"];

/// State in which an installation leaves the repositories of a server.
#[derive(Debug)]
pub(crate) struct Fresh {
    binary: PathBuf,
    in_config: bool,
    /// True if the config of the user or the machine decides about hooks, so that only git knows the state.
    is_doubtful: bool,
}

impl Fresh {
    /// Determines the state for a mode of installation.
    ///
    /// # Errors
    /// Fails if git does not answer, or the running program cannot be found.
    pub(crate) fn new(mode: Option<InstallMode>) -> Result<Self> {
        let in_config = match mode {
            Some(mode) => mode == InstallMode::Config,
            None => GitVersion::of_git()?.runs_config_hooks(),
        };
        let question = ["--get-regexp", r"^(core\.hookspath|includeif\..*|hook\..*)$"];
        let answer = Git::elsewhere("config").args(question).dir(Path::new("/")).answer()?;
        Ok(Self { binary: own_path()?, in_config, is_doubtful: answer.code != Some(1) })
    }

    /// Returns whether an installation would change nothing in a bare repository; false in case of doubt.
    pub(crate) fn has(&self, repository: &Path) -> bool {
        let config = fs::read(repository.join("config")).unwrap_or_default();
        let hooks = repository.join("hooks");
        let hooks = reserved_directory(&hooks).unwrap_or(hooks);
        let none = |steps: Result<Vec<_>>| steps.is_ok_and(|steps| steps.is_empty());
        let events = [HookEvent::PreReceive];
        // A bare repository has no work tree whose files git could track.
        let installation = Installation { binary: &self.binary, tracked: &[] };
        !self.is_doubtful
            && is_used(repository)
            && self.has_config(&config)
            && match self.in_config {
                true => none(plan_uninstall(&hooks, &events)),
                false => none(plan_install(&hooks, &events, installation)),
            }
    }

    /// Returns whether a config sets our hook exactly as an installation does, or not at all where it
    /// belongs into the directory, and has nothing else that decides about hooks.
    fn has_config(&self, text: &[u8]) -> bool {
        let event = HookEvent::PreReceive;
        let expected = if self.in_config { config_hooks::settings(event, &self.binary) } else { Vec::new() };
        let ours = [config_hooks::name(event), event.to_string()];
        let (mut set, mut bare) = (Vec::new(), None);
        for item in parse(text) {
            let entry = match item.part {
                ConfigPart::Entry(entry) => entry,
                ConfigPart::Fault(_) => return false,
                ConfigPart::Section(_) | ConfigPart::Comment(_) => continue,
            };
            let value = entry.value.clone().unwrap_or_else(|| BString::from("true"));
            match (entry.section.name.as_slice(), entry.key().as_slice()) {
                (_, b"core.hookspath") => return false,
                (b"extensions", key) if !KNOWN_EXTENSIONS.contains(&key) => return false,
                (section, _) if INCLUDES.contains(&section) => return false,
                (_, b"core.bare") => bare = Some(value),
                (b"hook", _) => {
                    let name = entry.section.subsection.as_ref();
                    if name.is_some_and(|name| ours.iter().any(|ours| name.as_slice() == ours.as_bytes())) {
                        set.push((entry.key(), value));
                    }
                }
                _ => {}
            }
        }
        set.sort();
        bare.is_some_and(|bare| bare.as_bstr() == "true") && set == expected
    }
}

/// Returns whether git uses a repository when this user runs it, as far as its files show.
fn is_used(repository: &Path) -> bool {
    let owned = repository.metadata().is_ok_and(|found| platform::owner(&found) == platform::user());
    let head = repository.join("HEAD");
    let names_ref = fs::read(&head).is_ok_and(|text| text.starts_with(b"ref: refs/"));
    // The refs and the config of such a repository are elsewhere.
    let is_linked = repository.join("commondir").symlink_metadata().is_ok();
    owned && names_ref && !is_linked
}
