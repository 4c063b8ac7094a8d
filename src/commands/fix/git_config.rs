//! Removes credentials from the git config of the repository, not from files outside of it.

use std::path::Path;

use crate::cli::FixArgs;
use crate::config::{ConfigFile, EffectiveConfig, FileFormat};
use crate::error::{Error, ExitStatus, Result};
use crate::file;
use crate::git::{Git, Repo};
use crate::judge::Context;
use crate::output::Ui;
use crate::platform;
use crate::policy;
use crate::text::count;
use crate::token::{self, CredentialKind, Leak, ValueChoice};

/// Shows the credentials that would be removed; with `--apply` removes them. Says how many are left. Exempted ones stay.
pub(super) fn run(args: &FixArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let repo = Repo::open()?;
    let effective = EffectiveConfig::read(&repo)?;
    let policy = policy::in_force(&repo)?;
    let Found { mut repairs, programs, left } = find(Context { repo: &repo, policy: &policy }, &effective)?;
    // A header is found by its line, which the repair of a value may move.
    repairs.sort_by_key(|repair| !matches!(repair.change, Change::Header { .. }));
    if repairs.is_empty() {
        ui.out("nothing in the git config of this repository can be fixed automatically\n");
    }
    for repair in &repairs {
        ui.out(&repair.diff());
        if args.apply {
            repair.apply()?;
        }
    }
    if !repairs.is_empty() {
        ui.out(match args.apply {
            true => "removed; now revoke the credentials: they may have been read\n",
            false => "nothing was changed; to apply, run `git gate fix --git-config --apply`\n",
        });
    }
    for (key, file) in &programs {
        ui.out(&format!(
            "left: {key} in {file} is a program that git runs: take the credential out of it by hand\n"
        ));
    }
    if left == 0 {
        return Ok(if programs.is_empty() { ExitStatus::Clean } else { ExitStatus::Denied });
    }
    let credentials = count(left, "credential");
    ui.out(&format!(
        "left: {credentials} that cannot be removed here; `git gate scan --git-config` shows what to do\n"
    ));
    Ok(ExitStatus::Denied)
}

/// Sections whose values are programs.
const PROGRAM_SECTIONS: &[&str] = &["alias", "filter", "pager"];

/// Ends of the names of keys whose values are programs, in lower case. Source: git-config(1).
const PROGRAM_NAMES: &[&str] = &[
    "askpass",
    "clean",
    "cmd",
    "command",
    "driver",
    "editor",
    "external",
    "fsmonitor",
    "helper",
    "hook",
    "pager",
    "process",
    "program",
    "receivepack",
    "smudge",
    "textconv",
    "uploadpack",
];

/// Keys whose values are programs although their names do not say so, in lower case.
const PROGRAM_KEYS: &[&str] = &["core.gitproxy", "interactive.difffilter"];

/// Returns whether the value of a key is a program that git runs: without its credential, or without the value, it may do
/// something else than it should.
fn is_program(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let section = key.split('.').next().unwrap_or_default();
    let name = key.rsplit('.').next().unwrap_or_default();
    PROGRAM_SECTIONS.contains(&section)
        || PROGRAM_NAMES.iter().any(|end| name.ends_with(end))
        || PROGRAM_KEYS.contains(&key.as_str())
}

/// Returns the line about credentials in the git config of a repository, which a fix of files leaves; empty if none can be
/// removed, or the config cannot be read: a scan says more.
pub(super) fn left(repo: &Repo) -> &'static str {
    let has_repairs = || {
        let (policy, effective) = (policy::in_force(repo)?, EffectiveConfig::read(repo)?);
        find(Context { repo, policy: &policy }, &effective).map(|found| !found.repairs.is_empty())
    };
    match has_repairs() {
        Ok(true) => {
            "the git config contains a credential: `git gate fix --git-config` shows what can be removed\n"
        }
        Ok(false) | Err(_) => "",
    }
}

/// Credentials in git config.
struct Found<'a> {
    repairs: Vec<Repair<'a>>,
    /// Keys whose values are programs, each with its file.
    programs: Vec<(String, String)>,
    /// Number of credentials that cannot be removed here.
    left: usize,
}

/// Finds the credentials in git config that no exemption lets pass.
fn find<'a>(context: Context<'_>, effective: &'a EffectiveConfig) -> Result<Found<'a>> {
    let repo = context.repo;
    // A link may lead to the config of the user, or to any other file.
    let top = platform::real_path(repo.common_dir());
    let top = top.map_err(|error| Error::io("cannot find the git directory", error))?;
    let is_inside = |path: &Path| platform::real_path(path).is_ok_and(|real| real.starts_with(&top));
    let is_own = |file: &ConfigFile| {
        let is_named_inside = file.path.starts_with(repo.common_dir());
        file.format == FileFormat::Config && is_named_inside && is_inside(&file.path)
    };
    let (mut repairs, mut left) = (Vec::new(), 0_usize);
    let mut programs = Vec::new();
    for file in &effective.files {
        // A server needs its seed.
        let leaks = token::scan_format(file.format, &file.text).into_iter();
        for leak in leaks.filter(|leak| leak.kind != CredentialKind::NonceSeed) {
            if context.is_exempted(file, &leak) {
                continue;
            }
            if let Some(key) = leak.key.as_deref().filter(|key| is_own(file) && is_program(key)) {
                let place = (key.to_owned(), token::printable(&platform::path_bytes(&file.path)));
                programs.extend((!programs.contains(&place)).then_some(place));
                continue;
            }
            match is_own(file).then(|| repair(file, &leak)).flatten() {
                Some(repair) if repairs.contains(&repair) => {}
                Some(repair) => repairs.push(repair),
                None => left += 1,
            }
        }
    }
    Ok(Found { repairs, programs, left })
}

/// Change of a value or of a section header.
#[derive(Debug, PartialEq, Eq)]
struct Repair<'a> {
    file: &'a Path,
    key: String,
    change: Change,
}

#[derive(Debug, PartialEq, Eq)]
enum Change {
    /// Values of the key are replaced, or removed without a replacement: all of them, or those that match a pattern.
    Value { replacement: Option<String>, pattern: Option<String> },
    /// The user is removed from the URL in the section header on a line.
    Header { line: u32 },
}

/// Returns the repair of a leak that changes nothing else; `None` if git would need the credential on its command line,
/// where other users could see it.
fn repair<'a>(file: &'a ConfigFile, leak: &Leak) -> Option<Repair<'a>> {
    let of = |key: &str, change| Some(Repair { file: &file.path, key: key.to_owned(), change });
    let Some(key) = leak.named_key() else {
        token::clean_header(&file.text, leak.line)?;
        return of(leak.key.as_deref()?, Change::Header { line: leak.line });
    };
    let pattern = match token::value_choice(&file.text, leak) {
        ValueChoice::Only => None,
        ValueChoice::Matching(pattern) => Some(pattern),
        ValueChoice::Unselectable => return None,
    };
    of(key, Change::Value { replacement: leak.replacement.clone(), pattern })
}

impl Repair<'_> {
    fn diff(&self) -> String {
        let file = token::printable(&platform::path_bytes(self.file));
        match &self.change {
            Change::Value { replacement: Some(value), .. } => {
                format!("{file}\n- {0} = ***\n+ {0} = {value}\n", self.key)
            }
            Change::Value { replacement: None, .. } => format!("{file}\n- {} = ***\n", self.key),
            Change::Header { .. } => format!("{file}\n- {}\n+ {}\n", self.key, self.key.replace("***@", "")),
        }
    }

    fn apply(&self) -> Result<()> {
        let git = Git::new("config").arg("--file").arg(self.file);
        let (git, pattern) = match &self.change {
            Change::Value { replacement: Some(value), pattern } => {
                (git.args(["--replace-all", &self.key, value]), pattern)
            }
            Change::Value { replacement: None, pattern } => (git.args(["--unset-all", &self.key]), pattern),
            Change::Header { line } => {
                let mut is_found = false;
                let edited = file::edit_locked(self.file, |text| {
                    let clean = token::clean_header(text, *line);
                    is_found = clean.is_some();
                    clean.unwrap_or_else(|| text.to_vec())
                });
                edited.map_err(|error| Error::io("cannot change the git config", error))?;
                let changed = || Error::git("the git config has changed meanwhile: run the command again");
                return is_found.then_some(()).ok_or_else(changed);
            }
        };
        git.args(pattern.iter()).output().map(drop)
    }
}
