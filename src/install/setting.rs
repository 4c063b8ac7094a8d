//! Settings of git config, and the files that they are in.

use std::path::{Path, PathBuf};

use bstr::BString;

use super::config_hooks::{ConfigHook, command_key};
use super::config_target::ConfigTarget;
use crate::error::{Error, Result};
use crate::git::{Git, Repo};
use crate::hook::HookEvent;
use crate::platform;
use crate::text::{as_path, escape, quoted_path};

/// Setting, as git reads it.
#[derive(Debug)]
pub(super) struct Setting {
    /// Scope, as named by git.
    pub(super) scope: BString,
    key: String,
    origin: BString,
}

impl Setting {
    /// Asks git for the last setting of a key. `config` is the command `git config` in a repository.
    ///
    /// # Errors
    /// Fails if git cannot read its config.
    pub(super) fn last(config: Git, key: &str) -> Result<Option<Self>> {
        let answer = config.args(["-z", "--show-scope", "--show-origin", "--get-all", key]).answer()?;
        if !matches!(answer.code, Some(0 | 1)) {
            return Err(answer.refusal("config"));
        }
        let fields: Vec<&[u8]> = answer.stdout.split(|byte| *byte == 0).collect();
        let last = fields.chunks_exact(3).next_back();
        Ok(last.and_then(|fields| {
            let [scope, origin, _] = fields else { return None };
            Some(Self { scope: (*scope).into(), key: key.to_owned(), origin: (*origin).into() })
        }))
    }

    /// Asks for the setting that disables a hook which the config of the repository sets, if it is elsewhere.
    ///
    /// # Errors
    /// Fails if git cannot read its config.
    pub(super) fn against(repo: &Repo, event: HookEvent) -> Result<Option<Self>> {
        let Some(own) = ConfigHook::read(Some(ConfigTarget::Local), event)? else { return Ok(None) };
        let hook = ConfigHook::read(None, event)?.unwrap_or_default();
        let differs = hook.command != own.command;
        let key = hook.fault(event).or_else(|| differs.then(|| command_key(event)));
        let Some(key) = key.filter(|key| own.fault(event).as_ref() != Some(key)) else { return Ok(None) };
        Self::last(Git::new("config").dir(top(repo)), &key)
    }

    /// Returns the instruction that removes the setting. A relative origin is one in `top`.
    pub(super) fn removal(&self, top: &Path) -> String {
        match self.file(top) {
            Some(file) => {
                let file = quoted_path(&file);
                format!("remove the setting: `git config --file {file} --unset-all {}`", self.key)
            }
            None => "remove the setting from the environment or the command line of git".to_owned(),
        }
    }

    /// Returns the error of an installation whose hook the setting disables.
    fn error(&self, repo: &Repo, event: HookEvent) -> Error {
        let origin = self.origin.strip_prefix(b"file:").unwrap_or(&self.origin);
        let (key, scope, origin) = (&self.key, escape(&self.scope), escape(origin));
        Error::usage(format!("{event} is disabled by {key}, which is set in {scope} config ({origin})"))
            .hinted(self.removal(top(repo)))
    }

    fn file(&self, top: &Path) -> Option<PathBuf> {
        let file = top.join(as_path(self.origin.strip_prefix(b"file:")?));
        Some(platform::real_path(&file).unwrap_or(file))
    }
}

/// Returns the directory in which git runs its commands.
pub(super) fn top(repo: &Repo) -> &Path {
    repo.work_tree().unwrap_or(repo.git_dir())
}

/// Fails if a setting elsewhere disables a hook that the config of the repository sets.
///
/// # Errors
/// Fails if there is one, or if git cannot read its config.
pub(crate) fn check_config_hooks(repo: &Repo) -> Result<()> {
    for event in super::events(repo.is_bare()) {
        if let Some(setting) = Setting::against(repo, *event)? {
            return Err(setting.error(repo, *event));
        }
    }
    Ok(())
}
