//! Ways in which a push may reach a bare repository, and the hook of ours that git runs in each.
//!
//! Which hook runs depends on the version of git, and on the config that the account of the pusher reads. A server over
//! http has no HOME, and an account of ssh has another one than the administrator.

use std::path::{Path, PathBuf};

use bstr::{BStr, BString, ByteSlice as _};

use super::config_hooks::{self, ConfigHook};
use super::defect::Defect;
use super::forge::reserved_directory;
use super::gits::FoundGit;
use super::hook_slot::HookSlot;
use crate::env;
use crate::error::{Error, Result};
use crate::git::{Git, Repo};
use crate::hook::HookEvent;
use crate::text::{as_path, escape_path};

const EVENT: HookEvent = HookEvent::PreReceive;

/// Account that pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pusher {
    /// An account without HOME: only the config of the machine and of the repository is read.
    Anyone,
    /// The account that runs this program, with its own config.
    Present,
}

/// Hook of ours that git runs.
#[derive(Debug)]
pub(super) enum WayHook {
    /// A hook in git config, with its scope.
    Config(BString),
    /// A hook in the hooks directory.
    Slot(Box<HookSlot>),
    /// None.
    Nothing,
}

/// Way of a push.
#[derive(Debug)]
pub(super) struct Way<'g> {
    /// Git that receives the push.
    pub(super) git: &'g FoundGit,
    /// Account that pushes.
    pub(super) pusher: Pusher,
    /// Entries of git config about hooks, as git reads them for this account.
    pub(super) entries: Vec<(BString, BString)>,
    /// Hook of ours that git runs.
    pub(super) hook: WayHook,
    /// Policy file that the config names.
    pub(super) policy: Option<BString>,
    /// True if the repository itself sets `core.hooksPath`, and to the same directory for every account.
    hooks_path_is_own: bool,
    scopes: Vec<BString>,
}

impl<'g> Way<'g> {
    /// Asks git for the hook that it runs for an account.
    ///
    /// # Errors
    /// Fails if git cannot read its config, or if a hook cannot be read.
    pub(super) fn find(repo: &Repo, git: &'g FoundGit, pusher: Pusher) -> Result<Self> {
        let (entries, scopes) = (Vec::new(), Vec::new());
        let mut way = Self {
            git,
            pusher,
            entries,
            hook: WayHook::Nothing,
            policy: None,
            hooks_path_is_own: false,
            scopes,
        };
        let mut hooks = repo.common_dir().join("hooks");
        let read = ["-z", "--show-scope", "--get-regexp", r"^(hook\..*|core\.hookspath|gate\.policy)$"];
        let answer = way.ask("config", repo).args(read).answer()?;
        if !matches!(answer.code, Some(0 | 1)) {
            return Err(answer.refusal("config"));
        }
        let mut fields = answer.stdout.split(|byte| *byte == 0);
        while let (Some(scope), Some(entry)) = (fields.next(), fields.next()) {
            // A key without a value is true.
            let (key, value) = entry.split_once_str("\n").unwrap_or((entry, b"true"));
            if key == b"core.hookspath" {
                hooks = hooks_path(repo, value);
                way.hooks_path_is_own = is_own(scope) && is_same_for_all(value);
            } else if key == b"gate.policy" {
                way.policy = Some(value.into());
            } else {
                way.entries.push((key.into(), value.into()));
                way.scopes.push(scope.into());
            }
        }
        way.hook = way.hook(&reserved_directory(&hooks).unwrap_or(hooks))?;
        Ok(way)
    }

    /// Returns a command of the git of this way, in the environment of the account.
    pub(super) fn ask(&self, subcommand: &str, repo: &Repo) -> Git {
        let git = Git::of_server(&self.git.program, subcommand).env("GIT_DIR", repo.common_dir());
        let own = [
            ("HOME", env::home().map(PathBuf::into_os_string)),
            ("XDG_CONFIG_HOME", env::xdg_config_home().map(PathBuf::into_os_string)),
            ("GIT_CONFIG_GLOBAL", env::git_variable("GIT_CONFIG_GLOBAL")),
            ("GIT_CONFIG_SYSTEM", env::git_variable("GIT_CONFIG_SYSTEM")),
        ];
        let own = own.into_iter().filter(|_| self.pusher == Pusher::Present);
        let set = own.filter_map(|(name, value)| Some((name, value?)));
        set.fold(git, |git, (name, value)| git.env(name, value))
    }

    fn hook(&self, hooks: &Path) -> Result<WayHook> {
        if let Some(hook) = self.config_hook().filter(|_| self.git.version.runs_config_hooks()) {
            let runs = hook.listens && hook.disabled_by.is_none() && hook.binary(EVENT).is_some();
            return Ok(if runs { WayHook::Config(self.scope()) } else { WayHook::Nothing });
        }
        let slot = HookSlot::inspect(hooks, EVENT)?;
        Ok(if slot.ours().1.runs_ours() { WayHook::Slot(Box::new(slot)) } else { WayHook::Nothing })
    }

    /// Returns our hook in git config, which an older git ignores.
    pub(super) fn config_hook(&self) -> Option<ConfigHook> {
        ConfigHook::of_entries(&self.entries, EVENT)
    }

    /// Returns whether no config that git reads before that of the repository can switch the hook off.
    pub(super) fn is_pinned(&self) -> bool {
        match &self.hook {
            WayHook::Config(_) => {
                let entries = self.entries.iter().zip(&self.scopes).filter(|(_, scope)| is_own(scope));
                let entries: Vec<(BString, BString)> = entries.map(|(entry, _)| entry.clone()).collect();
                ConfigHook::of_entries(&entries, EVENT)
                    .is_some_and(|hook| hook.pinned && hook.listens && hook.command.is_some())
            }
            WayHook::Slot(_) => self.hooks_path_is_own,
            WayHook::Nothing => false,
        }
    }

    /// Returns the scope of the last entry of our hook in git config.
    fn scope(&self) -> BString {
        let prefix = format!("hook.{}.", config_hooks::name(EVENT));
        let ours = self.entries.iter().rposition(|(key, _)| key.starts_with(prefix.as_bytes()));
        ours.and_then(|at| self.scopes.get(at)).cloned().unwrap_or_default()
    }

    /// Returns whether the config has hooks of others for the event.
    fn has_foreign_entries(&self) -> bool {
        let ours = [config_hooks::name(EVENT), EVENT.name().to_owned()].map(|name| format!("hook.{name}."));
        self.entries.iter().any(|(key, _)| !ours.iter().any(|ours| key.starts_with(ours.as_bytes())))
    }

    /// Reports entries with which git ends at every push.
    ///
    /// # Errors
    /// Fails if git cannot be run.
    pub(super) fn fatal_entries(&self, repo: &Repo) -> Result<Option<Defect>> {
        if !self.git.version.runs_config_hooks() || !self.has_foreign_entries() {
            return Ok(None);
        }
        let answer = self.ask("hook", repo).args(["list", EVENT.name()]).answer()?;
        Ok((!matches!(answer.code, Some(0 | 1))).then(|| {
            let error: Error = answer.refusal("hook list");
            let message = format!("git ends at every push, because of another hook in its config: {error}");
            Defect::new(message, "`git config --show-origin --get-regexp '^hook'` shows the hooks")
        }))
    }

    /// Describes the way for people: `git 2.55.0 (/usr/bin/git), hook in local config`.
    pub(super) fn words(&self) -> String {
        format!("with {}, hook in {}", self.git, self.place())
    }

    /// Describes the place of the hook for people.
    pub(super) fn place(&self) -> String {
        match &self.hook {
            WayHook::Config(scope) => format!("{scope} config"),
            WayHook::Slot(slot) => escape_path(slot.ours().0),
            WayHook::Nothing => "no place".to_owned(),
        }
    }

    /// Returns the defect of a way in which git runs no hook of ours.
    pub(super) fn unguarded(&self) -> Defect {
        let name = config_hooks::name(EVENT);
        if self.config_hook().is_some() && !self.git.version.runs_config_hooks() {
            return Defect::new(
                format!("{} ignores hook.{name} in git config", self.git),
                "install the hook in the hooks directory: `git gate install --mode shim`",
            );
        }
        let (who, help) = match self.pusher {
            Pusher::Anyone => (
                "for a push over http, or by another user than this one",
                "install the hook in the repository: `git gate install`",
            ),
            Pusher::Present => (
                "for a push by this user, because of the config of this user",
                "`git config --global --get-regexp '^(hook|core.hookspath)'` shows it",
            ),
        };
        Defect::new(format!("{} runs no hook of git-gate {who}", self.git), help)
    }
}

/// Returns whether a scope of git config is that of the repository.
pub(super) fn is_own(scope: &[u8]) -> bool {
    matches!(scope, b"local" | b"worktree")
}

/// Returns whether a value of `core.hooksPath` names the same directory for every account and every git.
///
/// A relative one starts at the git directory of a bare repository, in which git receives a push.
fn is_same_for_all(value: &[u8]) -> bool {
    !value.is_empty() && !value.starts_with(b"~") && !value.starts_with(b"%(")
}

/// Returns the directory that `core.hooksPath` names in a bare repository.
fn hooks_path(repo: &Repo, value: &[u8]) -> PathBuf {
    let in_home = value.strip_prefix(b"~/").and_then(|rest| Some(env::home()?.join(as_path(rest))));
    in_home.unwrap_or_else(|| repo.common_dir().join(as_path(value)))
}

/// Returns an entry as a section of git config.
pub(super) fn section(key: &BStr, value: &BStr) -> Option<Vec<u8>> {
    let (name, setting) = key.strip_prefix(b"hook.")?.rsplit_once_str(".")?;
    let header = [&b"[hook "[..], &quote_value(name), b"]\n\t", setting, b" = "].concat();
    Some([header, quote_value(value), b"\n".to_vec()].concat())
}

/// Quotes a value for git config.
pub(super) fn quote_value(text: &[u8]) -> Vec<u8> {
    let text = text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    [&b"\""[..], &text, b"\""].concat()
}
