//! Files that an entry of git config names: included files, and files that hold secrets for git.

use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice as _};

use super::{ConfigEntry, FileFormat};
use crate::env;
use crate::text::as_path;

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
    let value = entry.value.clone().unwrap_or_default();
    let value = BString::from(value.split(|byte| *byte == 0).next().unwrap_or_default());
    if value.is_empty() {
        return Vec::new();
    }
    let one = |format, condition| vec![NamedFile { path: value.clone(), format, condition }];
    match (entry.section.name.as_slice(), entry.name.as_slice()) {
        (b"include", b"path") => one(FileFormat::Config, None),
        (b"includeif", b"path") => one(FileFormat::Config, entry.section.subsection.clone()),
        (b"http", b"cookiefile") => one(FileFormat::Cookies, None),
        (b"credential", b"helper") => helper(&value),
        _ => Vec::new(),
    }
}

/// Returns the files of a credential helper: those of `store`, or that of `netrc`.
fn helper(command: &[u8]) -> Vec<NamedFile> {
    let words: Vec<&[u8]> = command.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    let name = words.first().map(|word| word.rsplit(|byte| *byte == b'/').next().unwrap_or_default());
    let name = name.unwrap_or_default();
    let name = name.strip_prefix(b"git-credential-").unwrap_or(name);
    let file = file_option(&words);
    let named = |path: BString, format| NamedFile { path, format, condition: None };
    match (name, file) {
        (b"store", Some(path)) => vec![named(path, FileFormat::Credentials)],
        (b"store", None) => {
            let shared =
                xdg_path("credentials").map(|path| path.into_os_string().into_encoded_bytes().into());
            let own = Some(BString::from("~/.git-credentials"));
            own.into_iter().chain(shared).map(|path| named(path, FileFormat::Credentials)).collect()
        }
        (b"netrc", Some(path)) => vec![named(path, FileFormat::Netrc)],
        (b"netrc", None) => vec![named("~/.netrc".into(), FileFormat::Netrc)],
        _ => Vec::new(),
    }
}

/// Returns the value of `--file F`, `--file=F` or `-f F`, without quotes.
fn file_option(words: &[&[u8]]) -> Option<BString> {
    let at = words.iter().position(|word| word.starts_with(b"--file") || *word == b"-f")?;
    let word = words.get(at)?;
    let value = match word.split_once_str("=") {
        Some((_, value)) => value,
        None => words.get(at + 1)?,
    };
    Some(value.trim_with(|c| matches!(c, '"' | '\'')).into())
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
        return Err("`%(prefix)` is not supported");
    }
    if let Some(rest) = path.strip_prefix(b"~") {
        let (user, rest) = rest.split_once_str("/").unwrap_or((rest, b""));
        let home = if user.is_empty() { env::home() } else { home_of(user) };
        return home.map(|home| home.join(as_path(rest))).ok_or("the home directory is unknown");
    }
    Ok(from.parent().unwrap_or(Path::new("")).join(as_path(path)))
}

/// Returns the home directory of another user from `/etc/passwd`; `None` if it is not listed.
fn home_of(user: &[u8]) -> Option<PathBuf> {
    let users = std::fs::read("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(|byte| *byte == b':');
        (fields.next()? == user).then_some(())?;
        Some(as_path(fields.nth(4)?).to_owned())
    })
}
