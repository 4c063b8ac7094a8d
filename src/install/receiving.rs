//! Proof that a bare repository refuses, by pushes into scratch repositories.
//!
//! Each push goes straight to `git receive-pack`, which every transport ends in, and has nothing but a PATH in its
//! environment.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;
use tempfile::TempDir;

use super::accounts::{Accounts, FileUse};
use super::config_hooks;
use super::defect::Defect;
use super::directory::hooks_path_of;
use super::gits::{self, FoundGit, present_path};
use super::proof::{BAD, GOOD, KeptProbe, TITLE, copy, verdict};
use super::ways::{Pusher, Way, WayHook, quote_value, section};
use crate::error::{Error, Result};
use crate::file::{self, FileMode};
use crate::git::{Answer, Git, MadeCommit, Repo};
use crate::hook::HookEvent;
use crate::platform;
use crate::text::{escape_path, quote, quoted_path};

const EVENT: HookEvent = HookEvent::PreReceive;
const AUTHOR: &str = "git-gate <git-gate@example.org> 1700000000 +0000";

/// Proofs that were made, and what they found.
#[derive(Debug, Default)]
pub(super) struct Proven {
    /// Hooks that refuse what they must, one line each.
    pub(super) proofs: Vec<String>,
    /// Reasons why a push may not be refused.
    pub(super) defects: Vec<Defect>,
    /// Remarks, one line each.
    pub(super) notes: Vec<String>,
}

impl Proven {
    /// Reports that `gate.policy` is set in the config of a user.
    ///
    /// If one account receives every push, that config counts in each that has its HOME.
    fn add_split_policy(&mut self, accounts: Option<&Accounts>) {
        let hint = "set it in the repository: `git config gate.policy FILE`";
        if accounts.is_none_or(Accounts::are_several) {
            let message = "the policy that `gate.policy` names is not the same for every pusher: it is set in the config of a user";
            self.defects.push(Defect::new(message, hint));
        } else {
            self.notes.push(format!(
                "`gate.policy` is set in the config of a user, so it does not count in a push without HOME; {hint}"
            ));
        }
    }
}

/// Proves each way in which a push may reach a bare repository.
///
/// # Errors
/// Fails if git cannot be asked, or a scratch repository cannot be created.
pub(super) fn prove(repo: &Repo) -> Result<Proven> {
    let gits = gits::found()?;
    let scratch = Scratch::new()?;
    let accounts = Accounts::of(repo);
    let mut proven = Proven::default();
    let mut seen = HashSet::new();
    let mut proven_by: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut policies = Vec::new();
    for git in &gits {
        let mut refuses_nobody = false;
        for pusher in [Pusher::Anyone, Pusher::Present] {
            let way = match Way::find(repo, git, pusher) {
                Ok(way) => way,
                Err(error) => {
                    proven.defects.push(error.into());
                    continue;
                }
            };
            policies.push(way.policy.clone());
            let words = way.words();
            if let WayHook::Nothing = way.hook {
                // Only if the hook runs for others, the config of this user is the cause.
                if std::mem::replace(&mut refuses_nobody, true) {
                    continue;
                }
                let defect = way.unguarded();
                if seen.insert(defect.message.clone()) {
                    proven.defects.push(defect);
                }
            } else if seen.insert(words.clone()) {
                let defects = scratch.judge(repo, &way, accounts.as_ref())?;
                proven.notes.extend(note(&way, accounts.as_ref()));
                proven.notes.extend(accounts.as_ref().and_then(|accounts| access_list(&way, accounts)));
                if defects.is_empty() {
                    proven_by.entry(way.place()).or_default().push(git.to_string());
                }
                proven.defects.extend(defects);
            }
        }
    }
    proven.proofs.extend(proven_by.iter().map(|(place, gits)| proof(gits, place)));
    let config = repo.common_dir().join("config");
    if config.metadata().is_ok_and(|found| platform::written_by_all(&found)) {
        proven.defects.push(Defect::new(
            format!("every user can write to {}, which selects the hooks", escape_path(&config)),
            format!("remove the permission: `chmod o-w {}`", quoted_path(&config)),
        ));
    }
    proven.notes.dedup();
    policies.dedup();
    if policies.len() > 1 {
        proven.add_split_policy(accounts.as_ref());
    }
    Ok(proven)
}

fn proof(gits: &[String], place: &str) -> String {
    format!(
        "{EVENT} refused a bad commit and accepted a clean one (with {}, hook in {place})",
        gits.join(", ")
    )
}

/// Reports the files of a way that accounts which may push cannot use.
fn closed_files(way: &Way<'_>, accounts: &Accounts) -> Vec<Defect> {
    let skipped =
        |file: &Path, using: FileUse| accounts.cannot_use(file, using, "git skips the hook for them");
    let mut defects = Vec::new();
    let binary = match &way.hook {
        WayHook::Slot(slot) => {
            let (ours, file) = slot.ours();
            let is_script = slot.text.starts_with(b"#!");
            let using = if is_script { FileUse::Script } else { FileUse::Program };
            defects.extend(skipped(&slot.hook, using));
            if slot.dispatches {
                // The dispatcher lists the directory of its members.
                defects.extend(ours.parent().and_then(|members| skipped(members, FileUse::Text)));
                defects.extend(skipped(ours, FileUse::Script));
            }
            file.binary()
        }
        WayHook::Config(_) => way.config_hook().and_then(|hook| hook.binary(EVENT)),
        WayHook::Nothing => None,
    };
    let refused =
        |binary: PathBuf| accounts.cannot_use(&binary, FileUse::Program, "all their pushes are refused");
    defects.extend(binary.and_then(refused));
    defects
}

/// Returns a note if the permissions of the hook, its program or the repository are not all there is.
fn access_list(way: &Way<'_>, accounts: &Accounts) -> Option<String> {
    let (hook, binary) = match &way.hook {
        WayHook::Slot(slot) => (Some(slot.hook.clone()), slot.ours().1.binary()),
        WayHook::Config(_) => (None, way.config_hook().and_then(|hook| hook.binary(EVENT))),
        WayHook::Nothing => (None, None),
    };
    hook.into_iter().chain(binary).find_map(|file| accounts.note_access_list(&file))
}

/// Returns a remark on a hook that the only account which receives pushes can switch off in its config.
fn note(way: &Way<'_>, accounts: Option<&Accounts>) -> Option<String> {
    let is_elsewhere = matches!(way.hook, WayHook::Config(_)) && !way.is_pinned();
    let is_only = !accounts.is_some_and(Accounts::are_several);
    (is_elsewhere && is_only).then(|| {
        let name = config_hooks::name(EVENT);
        format!("hook.{name} is not set in the repository: the config of the account that receives pushes may disable it")
    })
}

/// Returns the defect of a hook that a pusher switches off in the config of an account.
fn switched_off(repo: &Repo, way: &Way<'_>) -> Defect {
    let own = "several accounts may push, and each may switch the hook off in its own config";
    match &way.hook {
        WayHook::Slot(slot) => {
            let directory = slot.hook.parent().unwrap_or(&slot.hook);
            let repair = format!(
                "set the directory in the repository: `git -C {} config core.hooksPath {}`",
                quoted_path(repo.common_dir()),
                quoted_path(&hooks_path_of(repo, directory))
            );
            Defect::new(format!("{own}, by core.hooksPath"), repair)
        }
        _ => Defect::new(
            format!("{own}, by hook.{}.enabled", config_hooks::name(EVENT)),
            "install it in the repository too: `git gate install`",
        ),
    }
}

/// Proves a hook file that stands outside of repositories: runs it in place.
///
/// # Errors
/// Fails if no git is found, or a scratch repository cannot be created.
pub(super) fn prove_file(hook: &Path) -> Result<Proven> {
    let scratch = Scratch::new()?;
    let mut proven = Proven::default();
    let mut proven_by = Vec::new();
    for git in &gits::found()? {
        match scratch.prove_file(git, hook)? {
            Some(defect) => proven.defects.push(defect),
            None => proven_by.push(git.to_string()),
        }
    }
    if !proven_by.is_empty() {
        proven.proofs.push(proof(&proven_by, &escape_path(hook)));
    }
    Ok(proven)
}

/// Folder of the scratch repositories, and the pushes into each.
struct Scratch {
    folder: TempDir,
    bad: Vec<u8>,
    good: Vec<u8>,
}

impl Scratch {
    fn new() -> Result<Self> {
        let cannot = |error| Error::io("cannot create a scratch repository", error);
        // A hook must not be able to tell by the path that it is being proven.
        let folder = tempfile::Builder::new().prefix("").tempdir().map_err(cannot)?;
        fs::write(folder.path().join("policy.yml"), "profile: default\n").map_err(cannot)?;
        let push = |branch: &str, rest: &str| {
            Ok(MadeCommit::new(AUTHOR, &format!("{TITLE}{rest}"))?.push_to(&format!("refs/heads/{branch}")))
        };
        Ok(Self { bad: push("bad", BAD)?, good: push("good", GOOD)?, folder })
    }

    fn judge(&self, repo: &Repo, way: &Way<'_>, accounts: Option<&Accounts>) -> Result<Vec<Defect>> {
        let mut defects = Vec::from_iter(way.fatal_entries(repo)?);
        if let Some(accounts) = accounts {
            defects.extend(closed_files(way, accounts));
        }
        if way.config_hook().is_some_and(|hook| !hook.pinned && way.git.version.runs_config_hooks()) {
            let key = config_hooks::enabled_key(EVENT);
            defects.push(Defect::new(
                format!("the config of a pusher may disable the hook, for example by {key}"),
                "install it again: `git gate install`",
            ));
        } else if accounts.is_some_and(Accounts::are_several) && !way.is_pinned() {
            defects.push(switched_off(repo, way));
        }
        defects.extend(self.prove(way)?);
        Ok(defects)
    }

    fn prove(&self, way: &Way<'_>) -> Result<Option<Defect>> {
        let server = self.server(way)?;
        let probe = KeptProbe::in_folder(self.folder.path());
        probe.clear();
        if let WayHook::Slot(slot) = &way.hook {
            let cannot = |error| Error::io("cannot copy a hook", error);
            fs::create_dir(server.join("hooks")).map_err(cannot)?;
            copy(slot, &server.join("hooks"), &probe).map_err(cannot)?;
        }
        let needs_path = matches!(&way.hook, WayHook::Slot(slot) if slot.needs_path());
        let (bad, good) = self.push_both(way.git, &server, needs_path.then(present_path).as_deref())?;
        let chains = matches!(&way.hook, WayHook::Slot(slot) if slot.keeps_another());
        let mut defect = verdict(EVENT, &bad, &good).or_else(|| probe.defect(EVENT, chains));
        if let (Some(defect), WayHook::Slot(slot), Some(0)) = (&mut defect, &way.hook, bad.code)
            && slot.dispatches
        {
            let hook = escape_path(&slot.hook);
            defect.repairs = vec![format!(
                "{hook} has to give its whole input to each member, and to fail if a member fails"
            )];
        }
        Ok(defect.map(|defect| Defect { message: format!("{} ({})", defect.message, way.words()), ..defect }))
    }

    fn prove_file(&self, git: &FoundGit, hook: &Path) -> Result<Option<Defect>> {
        let server = self.create(&[])?;
        let cannot = |error| Error::io("cannot create a scratch repository", error);
        let run = [&b"#!/bin/sh\nexec "[..], &*quote(&platform::path_bytes(hook)), b" \"$@\"\n"].concat();
        fs::create_dir(server.join("hooks")).map_err(cannot)?;
        let wrapper = server.join("hooks").join(EVENT.name());
        file::replace(&wrapper, &run, FileMode::bits(0o755)).map_err(cannot)?;
        let (bad, good) = self.push_both(git, &server, None)?;
        let defect = verdict(EVENT, &bad, &good);
        Ok(defect.map(|defect| Defect { message: format!("{} (with {git})", defect.message), ..defect }))
    }

    /// Pushes both commits, with a PATH if one is given.
    fn push_both(&self, git: &FoundGit, server: &Path, path: Option<&OsStr>) -> Result<(Answer, Answer)> {
        let push = |stream: &[u8], branch: &str| {
            let receive =
                Git::of_server(&git.program, "receive-pack").env("GIT_CONFIG_NOSYSTEM", "1").arg(server);
            let receive = path.into_iter().fold(receive, |receive, path| receive.env("PATH", path));
            let mut answer = receive.answer_with_input(stream.to_vec())?;
            let accepted = answer.stdout.contains_str(format!("ok refs/heads/{branch}\n"));
            answer.code = Some(if accepted { 0 } else { 1 });
            Ok(answer)
        };
        let bad: Answer = push(&self.bad, "bad")?;
        Ok((bad, push(&self.good, "good")?))
    }

    /// Creates a scratch repository with our hook of git config; all hooks of others are left out.
    fn server(&self, way: &Way<'_>) -> Result<PathBuf> {
        let ours = [config_hooks::name(EVENT), EVENT.name().to_owned()].map(|name| format!("hook.{name}."));
        let proven = way.entries.iter().filter(|(key, _)| {
            matches!(way.hook, WayHook::Config(_)) && ours.iter().any(|ours| key.starts_with(ours.as_bytes()))
        });
        let sections: Vec<Vec<u8>> =
            proven.filter_map(|(key, value)| section(key.as_ref(), value.as_ref())).collect();
        self.create(&sections.concat())
    }

    fn create(&self, hooks: &[u8]) -> Result<PathBuf> {
        let cannot = |error| Error::io("cannot create a scratch repository", error);
        let server =
            tempfile::Builder::new().prefix("").tempdir_in(self.folder.path()).map_err(cannot)?.keep();
        for directory in ["objects/pack", "refs/heads"] {
            fs::create_dir_all(server.join(directory)).map_err(cannot)?;
        }
        fs::write(server.join("HEAD"), "ref: refs/heads/main\n").map_err(cannot)?;
        let policy = self.folder.path().join("policy.yml");
        let policy = quote_value(&platform::path_bytes(&policy));
        let config = [
            &b"[core]\n\trepositoryformatversion = 0\n\tbare = true\n\thooksPath = hooks\n"[..],
            b"[receive]\n\tautogc = false\n[gate]\n\tpolicy = ",
            &policy,
            b"\n",
            hooks,
        ];
        fs::write(server.join("config"), config.concat()).map_err(cannot)?;
        Ok(server)
    }
}
