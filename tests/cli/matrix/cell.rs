//! One cell: a repository, a tool, and the steps of an order, in a sandbox of its own.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{ByHand, Event, Step, Tool};
use crate::support::{Repo, Sandbox, Transcript};

/// Writes down its event, arguments, directory and input, and refuses where a file says so.
const OTHER_HOOK: &str = r#"#!/bin/sh
event=$1; shift
input=; [ "$event" = commit-msg ] || input=$(cat)
printf '%s|%s|%s|%s\n' "$event" "$*" "$PWD" "$input" >>"$HOME/ran"
[ ! -e "$HOME/refuse" ] || { echo 'refused by the other hook'; exit 1; }
"#;

/// Sandbox of a cell. What its commands said is kept for the report of a failure.
pub(super) struct Cell<'s> {
    pub(super) sandbox: &'s Sandbox,
    pub(super) tool: &'static Tool,
    pub(super) work: Repo<'s>,
    pub(super) server: Repo<'s>,
    said: String,
}

impl<'s> Cell<'s> {
    /// Creates a server and a clone of it, and the files that configure the tool.
    pub(super) fn new(sandbox: &'s Sandbox, tool: &'static Tool) -> Self {
        let (work, server) = (sandbox.init("work"), sandbox.init_bare("server.git"));
        work.git(["remote", "add", "origin", "../server.git"]).ok();
        for (name, content) in tool.files {
            work.write(name, content);
        }
        work.commit("docs: base");
        work.git(["push", "-q", "--no-verify", "origin", "main"]).ok();
        work.write_executable(sandbox.path("bin/other-hook"), OTHER_HOOK);
        if tool.programs == ["git-lfs"] {
            let real = sandbox.run("sh").args(["-c", "command -v git-lfs"]).ok().line();
            let log = "[ \"$1\" != pre-push ] || echo \"pre-push|$*|$PWD\" >>\"$HOME/ran\"";
            let refuse = "[ \"$1\" != pre-push ] || [ ! -e \"$HOME/refuse\" ] || exit 1";
            let wrapper = format!("#!/bin/sh\n{log}\n{refuse}\nexec '{real}' \"$@\"\n");
            work.write_executable(sandbox.path("bin/git-lfs"), wrapper);
        }
        super::probe::prepare(&work);
        Self { sandbox, tool, work, server, said: String::new() }
    }

    /// Returns the repository that has the hooks.
    pub(super) fn hooked(&self) -> &Repo<'s> {
        if self.tool.events.contains(&Event::PreReceive) { &self.server } else { &self.work }
    }

    /// Does the steps of an order. `again` is the command of the tool for [`Step::Again`].
    ///
    /// # Errors
    /// Fails if a command of git-gate fails.
    pub(super) fn go(&mut self, order: &[Step], again: &str) -> Result<(), String> {
        let older = self.tool.older.filter(|_| order.contains(&Step::Upgrade));
        let first = older.unwrap_or(self.tool.install);
        order.iter().try_for_each(|step| self.step(*step, first, again))
    }

    fn step(&mut self, step: Step, first: &str, again: &str) -> Result<(), String> {
        match step {
            Step::Other => self.tool_runs(first),
            Step::Again => self.tool_runs(again),
            Step::Upgrade => {
                self.tool_runs(self.tool.newer.unwrap_or(self.tool.install));
                self.upgrade();
            }
            Step::OtherOut => self.tool_runs(self.tool.uninstall),
            Step::Gate => return self.gate("install", 0).map(drop),
            Step::GateOut => return self.gate("uninstall", 0).map(drop),
        }
        Ok(())
    }

    /// Runs a command of the tool. Its exit status is its own business: some refuse to replace a hook.
    fn tool_runs(&mut self, command: &str) {
        let _ = self.run(&["sh", "-ec", command]);
    }

    /// Adds a line to what the tool has written, as a newer version of it may.
    fn upgrade(&mut self) {
        for event in self.tool.events {
            let hook = self.hooked().hook(event.name());
            let Ok(text) = fs::read_to_string(&hook) else { continue };
            if !text.contains("git-gate") && !hook.is_symlink() {
                self.work.write_executable(&hook, text + "\n# newer\n");
            }
        }
    }

    /// Runs git-gate.
    ///
    /// # Errors
    /// Fails if it ends with another status than the given one.
    pub(super) fn gate(&mut self, command: &str, status: i32) -> Result<Transcript, String> {
        let transcript = self.run(&["git", "gate", command]);
        match transcript.status() == Some(status) {
            true => Ok(transcript),
            false => Err(format!("`git gate {command}` did not end with {status}")),
        }
    }

    /// Does what the message of `git gate install` asks for.
    pub(super) fn by_hand(&mut self, refused: &Transcript) {
        match self.tool.by_hand {
            ByHand::Never => {}
            ByHand::Command(command) => self.tool_runs(command),
            ByHand::Line(file) => {
                let file = self.hooked().path().join(file);
                let said = String::from_utf8_lossy(refused.stderr()).into_owned();
                let mut hints = said.lines().map(|line| line.trim_start_matches("hint: "));
                hints.find(|hint| hint.contains("add this line to")).unwrap();
                let (text, line) = (fs::read_to_string(&file).unwrap(), hints.next().unwrap());
                let (shebang, rest) = text.split_once('\n').unwrap();
                self.work.write_executable(file, format!("{shebang}\n{line}\n{rest}"));
            }
        }
    }

    /// Runs a command in the repository that has the hooks; no command here may take minutes.
    pub(super) fn run(&mut self, command: &[&str]) -> Transcript {
        let at = self.hooked().path().to_owned();
        self.run_at(&at, command)
    }

    /// Runs a command in a directory.
    pub(super) fn run_at(&mut self, directory: &Path, command: &[&str]) -> Transcript {
        let run = self.sandbox.run("timeout").arg("60").args(command).dir(directory);
        let transcript = run.transcript();
        writeln!(self.said, "$ {}\n{transcript}", command.join(" ")).unwrap();
        transcript
    }

    /// Returns what all commands said, and the hooks and the config as they are now.
    pub(super) fn report(&self) -> String {
        let mut report = self.said.clone();
        for (name, (mode, text)) in self.state() {
            if !name.ends_with(".sample") {
                writeln!(report, "=== {name} ({mode:o})\n{text}").unwrap();
            }
        }
        report
    }

    /// Returns the mode and the content of each file that a tool or git-gate writes.
    pub(super) fn state(&self) -> BTreeMap<String, (u32, String)> {
        let top = self.hooked().path();
        let mut found = BTreeMap::new();
        let mut places =
            [".git/hooks", ".git/config", ".husky", "hooks", "config"].map(|name| top.join(name)).to_vec();
        while let Some(place) = places.pop() {
            let Ok(metadata) = place.symlink_metadata() else { continue };
            let name = place.strip_prefix(top).unwrap().to_str().unwrap().to_owned();
            let mode = metadata.permissions().mode();
            let text = if metadata.is_symlink() {
                format!("-> {}", fs::read_link(&place).unwrap().display())
            } else if metadata.is_dir() {
                places.extend(fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().path()));
                String::new()
            } else {
                String::from_utf8_lossy(&fs::read(&place).unwrap()).into_owned()
            };
            found.insert(name, (mode, self.without_root(&text)));
        }
        found
    }

    /// Returns a text with `[ROOT]` for the folder of the sandbox.
    pub(super) fn without_root(&self, text: &str) -> String {
        text.replace(self.sandbox.path("").to_str().unwrap(), "[ROOT]/")
    }
}
