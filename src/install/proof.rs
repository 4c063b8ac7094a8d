//! Proof that the hooks refuse.
//!
//! Copies of the installed hooks run in scratch repositories, for real commits and pushes.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice as _};
use tempfile::TempDir;

use super::config_hooks;
use super::defect::Defect;
use super::hook_file::{HookFile, is_run};
use super::hook_slot::HookSlot;
use super::inspect::Inspection;
use crate::error::{Error, Result};
use crate::git::{Answer, Git};
use crate::hook::HookEvent;
use crate::platform;
use crate::text::{as_path, escape, quote};

const IDENTITY: [(&str, &str); 6] = [
    ("GIT_AUTHOR_NAME", "git-gate"),
    ("GIT_AUTHOR_EMAIL", "git-gate@example.org"),
    ("GIT_AUTHOR_DATE", "1700000000 +0000"),
    ("GIT_COMMITTER_NAME", "git-gate"),
    ("GIT_COMMITTER_EMAIL", "git-gate@example.org"),
    ("GIT_COMMITTER_DATE", "1700000000 +0000"),
];
/// Title of every message.
pub(super) const TITLE: &str = "docs: a proof";
/// Rest of a message that the default policy accepts. The scratch repositories use that policy.
pub(super) const GOOD: &str = "\n\nSigned-off-by: git-gate <git-gate@example.org>\n";
/// Rest of a message that the default policy refuses.
pub(super) const BAD: &str = "\n";
/// Rule that refuses it.
const BAD_RULE: &str = "missing-signoff";

/// Proves for each hook that it refuses a bad commit and accepts a good one.
///
/// Returns a defect for each hook that does not. Those of a bare repository are proven by [`receiving`](super::receiving).
///
/// # Errors
/// Fails if the scratch repositories cannot be created.
pub(crate) fn prove(inspection: &Inspection) -> Result<Vec<Defect>> {
    let in_directory = inspection.slots.iter().map(|slot| slot.event);
    let events: Vec<HookEvent> = in_directory.chain(inspection.configured.iter().copied()).collect();
    let mut defects = Vec::new();
    if events.is_empty() {
        return Ok(defects);
    }
    let scratch = ScratchPair::new(inspection)?;
    for event in events {
        let proven = scratch.prove(event)?;
        let chains = inspection.slots.iter().any(|slot| slot.event == event && slot.keeps_another());
        defects.extend(proven.or_else(|| scratch.probe.defect(event, chains)));
        scratch.probe.clear();
    }
    Ok(defects)
}

/// Two repositories, a clone and the server to which it pushes, with the hooks in the clone.
struct ScratchPair {
    folder: TempDir,
    probe: KeptProbe,
}

impl ScratchPair {
    fn new(Inspection { slots, configured, .. }: &Inspection) -> Result<Self> {
        let cannot = |error| Error::io("cannot create a scratch repository", error);
        // A hook must not be able to tell by the path that it is being proven.
        let folder = tempfile::Builder::new().prefix("").tempdir().map_err(cannot)?;
        let scratch = Self { probe: KeptProbe::in_folder(folder.path()), folder };
        fs::write(scratch.path("policy.yml"), "profile: default\n").map_err(cannot)?;
        let entries = config_hooks::entries(None)?;
        // The default value, because some hooks read the setting. Set here, because the user's config may
        // set another one.
        scratch.init("clone", &[], ".git/hooks")?;
        scratch.configure(&entries, configured)?;
        scratch.init("server", &["--bare"], "hooks")?;
        let hooks = scratch.path("clone/.git/hooks");
        fs::create_dir(&hooks).map_err(cannot)?;
        slots.iter().try_for_each(|slot| copy(slot, &hooks, &scratch.probe)).map_err(cannot)?;
        Ok(scratch)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn init(&self, name: &str, options: &[&str], hooks: &str) -> Result<()> {
        Git::elsewhere("init").args(["-q", "--template="]).args(options).arg(self.path(name)).output()?;
        for (key, path) in [("core.hooksPath", hooks.into()), ("gate.policy", self.path("policy.yml"))] {
            self.git(name, "config").arg(key).arg(path).output()?;
        }
        Ok(())
    }

    /// Sets the hooks of git config that are to be proven, in the clone. Hooks of others are left out.
    fn configure(&self, entries: &[(BString, BString)], proven: &[HookEvent]) -> Result<()> {
        for (key, value) in entries {
            let (hook, setting) = key.rsplit_once_str(".").unwrap_or_default();
            let is_proven = proven.iter().any(|event| {
                hook == format!("hook.{}", config_hooks::name(*event)).as_bytes()
                    || hook == format!("hook.{event}").as_bytes() && setting == b"enabled"
            });
            if is_proven {
                self.git("clone", "config").arg("--add").arg(as_path(key)).arg(as_path(value)).output()?;
            }
        }
        Ok(())
    }

    fn prove(&self, event: HookEvent) -> Result<Option<Defect>> {
        let (bad, good) = match event {
            HookEvent::CommitMsg => (self.commit(BAD)?, self.commit(GOOD)?),
            HookEvent::ApplypatchMsg => (self.apply("bad", BAD)?, self.apply("good", GOOD)?),
            HookEvent::PrePush | HookEvent::PreReceive => (self.push("bad", BAD)?, self.push("good", GOOD)?),
        };
        Ok(verdict(event, &bad, &good))
    }

    fn commit(&self, rest: &str) -> Result<Answer> {
        let commit = self.git("clone", "commit").args(["-q", "--allow-empty", "--no-gpg-sign"]);
        commit.args(["--cleanup=verbatim", "-m", &format!("{TITLE}{rest}")]).answer()
    }

    fn apply(&self, name: &str, rest: &str) -> Result<Answer> {
        let patch = format!(
            "From {0} Mon Sep 17 00:00:00 2001\nFrom: git-gate <git-gate@example.org>\n\
             Date: Tue, 14 Nov 2023 22:13:20 +0000\nSubject: [PATCH] {TITLE}{rest}\n---\n\
             diff --git a/{name} b/{name}\nnew file mode 100644\n--- /dev/null\n+++ b/{name}\n@@ -0,0 +1 @@\n+x\n",
            "0".repeat(40)
        );
        let file = self.path(name);
        fs::write(&file, patch).map_err(|error| Error::io("cannot create a scratch patch", error))?;
        let answer = self.git("clone", "am").args(["-q", "--no-gpg-sign"]).arg(file).answer()?;
        if answer.code != Some(0) {
            self.git("clone", "am").arg("--quit").answer()?;
        }
        Ok(answer)
    }

    /// Pushes a commit that no hook of the clone has checked.
    fn push(&self, branch: &str, rest: &str) -> Result<Answer> {
        let tree = self.git("clone", "mktree").output()?;
        let commit = self
            .git("clone", "commit-tree")
            .args(["-m", &format!("{TITLE}{rest}")])
            .arg(text(&tree)?)
            .output()?;
        let refspec = format!("{}:refs/heads/{branch}", text(&commit)?);
        self.git("clone", "push").arg("-q").arg(self.path("server")).arg(refspec).answer()
    }

    fn git(&self, repository: &str, subcommand: &str) -> Git {
        // The push is to a folder on this machine.
        let git = Git::elsewhere(subcommand).dir(&self.path(repository)).env("GIT_ALLOW_PROTOCOL", "file");
        // The config of the user may keep any push from succeeding; what concerns hooks is copied.
        let git = git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        IDENTITY.into_iter().fold(git, |git, (name, value)| git.env(name, value))
    }
}

/// Script in the place of a kept hook, which notes the name under which it is called.
pub(super) struct KeptProbe {
    notes: PathBuf,
}

impl KeptProbe {
    /// Creates a probe that takes its notes in a folder.
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self { notes: folder.join("notes") }
    }

    fn script(&self) -> Vec<u8> {
        let notes = quote(&platform::path_bytes(&self.notes));
        [&b"printf '%s\\n' \"$0\" >>"[..], &notes, b"\nexit 0\n"].concat()
    }

    /// Forgets the notes.
    pub(super) fn clear(&self) {
        let _ = fs::remove_file(&self.notes);
    }

    /// Reports a hook that does not run the kept one exactly once for each of the two commits.
    pub(super) fn defect(&self, event: HookEvent, chains: bool) -> Option<Defect> {
        let notes = fs::read(&self.notes).unwrap_or_default();
        let runs = notes.lines().count();
        let expected = if chains { 2 } else { 0 };
        (runs != expected).then(|| {
            let message = format!("{event} runs the hook that was there before {runs} times for two commits");
            Defect::new(message, "install it again: `git gate install`")
        })
    }
}

/// Copies a hook unchanged.
///
/// The hook that it chains is not ours and may do anything when it runs, so a script that does nothing
/// takes its place and also that of what is behind our line in a script. Each other member of a dispatcher is
/// replaced by one that reads all its input and accepts.
pub(super) fn copy(slot: &HookSlot, hooks: &Path, probe: &KeptProbe) -> std::io::Result<()> {
    fs::copy(&slot.hook, hooks.join(slot.event.name()))?;
    if let HookFile::WithLine { line, .. } = &slot.hook_file {
        fs::write(hooks.join(slot.event.name()), line.before(&slot.text, &probe.script()))?;
    }
    if slot.dispatches {
        let below = slot.hook.parent().and_then(|directory| slot.member.strip_prefix(directory).ok());
        let member = hooks.join(below.ok_or(ErrorKind::InvalidInput)?);
        fs::create_dir_all(member.parent().ok_or(ErrorKind::InvalidInput)?)?;
        fs::copy(&slot.member, &member)?;
        stand_in_for_others(slot, &member)?;
    }
    if let HookFile::Ours { shim, .. } = &slot.hook_file
        && shim.chained
        && let Some(name) = slot.backup.file_name()
    {
        fs::write(hooks.join(name), [b"#!/bin/sh\n", &*probe.script()].concat())?;
        platform::make_executable(&hooks.join(name))?;
    }
    Ok(())
}

/// Puts files under the names of the other members of a dispatcher, next to the copy of ours.
///
/// A dispatcher may give all its input to the first member, or end with the verdict of the last.
fn stand_in_for_others(slot: &HookSlot, copied: &Path) -> std::io::Result<()> {
    let (Some(members), Some(copies)) = (slot.member.parent(), copied.parent()) else { return Ok(()) };
    let beside_driver = Some(members) == slot.hook.parent();
    let numbered = format!("{}.h", slot.event);
    for entry in fs::read_dir(members)? {
        let (member, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        let is_other = member != slot.member && member.is_file();
        if !is_other || beside_driver && !platform::bytes_of(&name).starts_with(numbered.as_bytes()) {
            continue;
        }
        let copy = copies.join(name);
        if is_run(&member) {
            fs::write(&copy, "#!/bin/sh\ncat >/dev/null\n")?;
            platform::make_executable(&copy)?;
        } else {
            // A dispatcher may ask for such a file, or read it as a script.
            fs::write(&copy, "")?;
        }
    }
    Ok(())
}

/// Returns the defect of a hook that does not refuse a bad commit, or not accept a good one.
pub(super) fn verdict(event: HookEvent, bad: &Answer, good: &Answer) -> Option<Defect> {
    let help = "run the hook by hand to see what it does";
    let said = |answer: &Answer| escape(answer.stderr.lines().next().unwrap_or_default());
    if bad.code == Some(0) {
        return Some(Defect::new(format!("{event} accepts a commit without a sign-off"), help));
    }
    if !bad.stderr.contains_str(BAD_RULE) {
        return Some(Defect::new(format!("{event} fails before it reaches a verdict: {}", said(bad)), help));
    }
    if good.code != Some(0) {
        return Some(Defect::new(format!("{event} refuses a clean commit: {}", said(good)), help));
    }
    None
}

fn text(answer: &[u8]) -> Result<&str> {
    answer
        .trim()
        .to_str()
        .map_err(|error| Error::git("unexpected output of git: not an oid").caused_by(error))
}
