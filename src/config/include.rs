//! Files that an entry of git config names: included files, and files that hold secrets for git.

use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice as _};

use super::{ConfigEntry, FileFormat};
use crate::env;
use crate::git::Git;
use crate::platform;
use crate::text::{as_path, os_str};

/// A file that an entry names.
pub(super) struct NamedFile {
    /// Path, as written.
    pub(super) path: BString,
    /// Syntax of the file.
    pub(super) format: FileFormat,
    /// Condition of an `includeIf`; `None` without one.
    pub(super) condition: Option<BString>,
}

/// Returns the files that an entry names.
///
/// The lower-case names of the entry are compared, since git and all its commands that write config ignore
/// case.
pub(super) fn files_named_by(entry: &ConfigEntry) -> Vec<NamedFile> {
    let Some(value) = &entry.value else { return Vec::new() };
    // git cuts a value off at a NUL.
    let value = value.split_once_str("\0").map_or(value.as_slice(), |(value, _)| value);
    if value.is_empty() {
        return Vec::new();
    }
    let one = |format, condition| vec![NamedFile { path: value.into(), format, condition }];
    match (entry.section.name.as_slice(), entry.name.as_slice()) {
        (b"include", b"path") => one(FileFormat::Config, None),
        (b"includeif", b"path") => one(FileFormat::Config, entry.section.subsection.clone()),
        (b"http", b"cookiefile") => one(FileFormat::Cookies, None),
        (b"credential", b"helper") => helper(value),
        _ => Vec::new(),
    }
}

/// Returns the files of a credential helper: those of `store`, or those of `netrc`.
fn helper(command: &[u8]) -> Vec<NamedFile> {
    let command = command.strip_prefix(b"!").unwrap_or(command);
    let mut words = command.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let mut program = words.next().and_then(|word| word.rsplit(|byte| *byte == b'/').next());
    if program == Some(b"git") {
        program = words.next().and_then(|command| command.strip_prefix(b"credential-"));
    }
    let (format, default) = match program.map(|name| name.strip_prefix(b"git-credential-").unwrap_or(name)) {
        Some(b"store") => (FileFormat::Credentials, "~/.git-credentials"),
        Some(b"netrc") => (FileFormat::Netrc, "~/.netrc"),
        _ => return Vec::new(),
    };
    let mut paths = file_options(words);
    if paths.is_empty() {
        paths.push(default.into());
        let shared = xdg_path("credentials").filter(|_| format == FileFormat::Credentials);
        paths.extend(shared.map(|path| BString::from(path.into_os_string().into_encoded_bytes())));
    }
    paths.into_iter().map(|path| NamedFile { path, format, condition: None }).collect()
}

/// Returns the values of the option `file`, without quotes.
///
/// Both helpers accept `--file F` and `--file=F`, and any abbreviation of the name. `netrc` also accepts one
/// dash, and several files.
fn file_options<'w>(mut words: impl Iterator<Item = &'w [u8]>) -> Vec<BString> {
    let mut values = Vec::new();
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix(b"--").or_else(|| word.strip_prefix(b"-")) else { continue };
        let (name, value) = match option.split_once_str("=") {
            Some((name, value)) => (name, Some(value)),
            None => (option, None),
        };
        if !name.is_empty() && b"file".starts_with(name) {
            let value = value.or_else(|| words.next());
            values.extend(value.map(|value| value.trim_with(|c| matches!(c, '"' | '\'')).into()));
        }
    }
    values
}

/// Returns the path of a git file in the user's XDG config directory; `None` if no home directory is set.
pub(super) fn xdg_path(name: &str) -> Option<PathBuf> {
    let base = env::xdg_config_home().or_else(|| env::home().map(|home| home.join(".config")));
    base.map(|base| base.join("git").join(name))
}

/// Returns the path that git would open.
///
/// `~/` is the home directory, and a relative path starts at the directory of the file that names it. The
/// error is the reason why the path is unknown.
pub(super) fn resolve(path: &[u8], from: &Path) -> Result<PathBuf, &'static str> {
    let path = path.strip_prefix(b":(optional)").unwrap_or(path);
    if path.starts_with(b"%(prefix)/") {
        return below_prefix(path).ok_or("git does not say where `%(prefix)` is");
    }
    if let Some(rest) = path.strip_prefix(b"~") {
        let (user, rest) = rest.split_once_str("/").unwrap_or((rest, b""));
        let home = if user.is_empty() { env::home() } else { home_of(user) };
        return absolute(home.ok_or("the home directory is unknown")?.join(as_path(rest)));
    }
    absolute(from.parent().unwrap_or(Path::new("")).join(as_path(path)))
}

/// Returns the path below the directory in which git is installed; `None` if git does not know it.
fn below_prefix(path: &[u8]) -> Option<PathBuf> {
    let unset = "gate.unset.variable";
    let git = Git::new("config").args(["--type=path", "--default"]).arg(os_str(path)).args(["--get", unset]);
    let answer = git.answer().ok().filter(|answer| answer.code == Some(0))?;
    let path = as_path(answer.stdout.trim_end_with(|c| c == '\n')).to_owned();
    path.is_absolute().then_some(path)
}

/// Resolves a path that an environment variable made relative to the current directory.
fn absolute(path: PathBuf) -> Result<PathBuf, &'static str> {
    if path.is_absolute() {
        return Ok(path);
    }
    std::path::absolute(path).map_err(|_| "the current directory is unknown")
}

/// Returns the home directory of another user from the list of users; `None` if it is not listed.
fn home_of(user: &[u8]) -> Option<PathBuf> {
    let users = std::fs::read(platform::USERS?).ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(|byte| *byte == b':');
        (fields.next()? == user).then_some(())?;
        Some(as_path(fields.nth(4)?).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helper_names_the_files_of_its_option() {
        for (command, files) in [
            ("store --file /x", &["/x"][..]),
            ("store --file=/x", &["/x"]),
            ("store --fil='/x'", &["/x"]),
            ("git-credential-store --f /x", &["/x"]),
            ("/usr/lib/git-core/git-credential-store --files /y --file /x", &["/x"]),
            ("store --file-mode=0600 --file \"/x\"", &["/x"]),
            ("!git credential-store --file /x", &["/x"]),
            ("!/usr/bin/git credential-netrc -f /x", &["/x"]),
            ("!git-credential-store --file /x", &["/x"]),
            ("netrc -f /x -file /y -v", &["/x", "/y"]),
            ("netrc -d", &["~/.netrc"]),
            ("netrc --format /x -- -", &["~/.netrc"]),
            ("netrc --file", &["~/.netrc"]),
            ("cache --file /x", &[]),
            ("", &[]),
        ] {
            let named: Vec<BString> = helper(command.as_bytes()).into_iter().map(|file| file.path).collect();
            assert_eq!(named, files, "{command}");
        }
        let store: Vec<BString> = helper(b"store --files=/x").into_iter().map(|file| file.path).collect();
        assert_eq!(store[0], "~/.git-credentials");
    }
}
