//! Words of commands of git: subcommands, URLs, and what takes a credential away again.

use crate::workflow::shell::ShellCommand;

/// Options of git before its subcommand that have a value.
const GIT_VALUE_OPTIONS: &[&str] = &["-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env"];

/// Returns the subcommand of git and the words after it.
pub(super) fn subcommand(words: &[String]) -> Option<(&str, &[String])> {
    let mut at = 0;
    loop {
        let word = words.get(at)?;
        if !word.starts_with('-') {
            return Some((word, words.get(at + 1..).unwrap_or_default()));
        }
        at += if GIT_VALUE_OPTIONS.contains(&word.as_str()) { 2 } else { 1 };
    }
}

/// Returns the words that are no options and no values of the given options.
pub(super) fn positional<'w>(words: &'w [String], with_value: &[&str]) -> Vec<&'w str> {
    let mut found = Vec::new();
    let mut is_value = false;
    for word in words {
        if !is_value && !word.starts_with('-') {
            found.push(word.as_str());
        }
        is_value = !is_value && with_value.contains(&word.as_str());
    }
    found
}

/// Returns user, password and host of a URL that has a user.
pub(super) fn authority(url: &str) -> Option<(&str, Option<&str>, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    if scheme.contains(|c: char| !c.is_ascii_alphanumeric() && c != '+' && c != '"' && c != '\'') {
        return None;
    }
    // Expressions and substitutions may contain any character.
    let (mut depth, mut colon) = (0_usize, None);
    for (at, c) in rest.char_indices() {
        match c {
            '{' | '(' => depth += 1,
            '}' | ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            ':' if colon.is_none() => colon = Some(at),
            '@' => {
                let (name, host) = (rest.get(..at)?, rest.get(at + 1..)?);
                let host = host.split(['/', '?', '#']).next().unwrap_or_default();
                return Some(match colon {
                    Some(colon) => (name.get(..colon)?, name.get(colon + 1..), host),
                    None => (name, None, host),
                });
            }
            '/' => return Some(("", None, "")),
            _ => {}
        }
    }
    Some(("", None, ""))
}

/// Returns whether only this machine, or a test, knows a host.
pub(super) fn is_local(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
    let names = ["localhost", "[::1]", "host.docker.internal"];
    let ends = [".localhost", ".local", ".test", ".invalid", ".example", ".example.com"];
    names.contains(&name.as_str()) || name.starts_with("127.") || ends.iter().any(|end| name.ends_with(end))
}

/// Returns whether a command takes away what a word names: a key of git config, a remote, a folder or a file.
pub(super) fn undoes(command: &ShellCommand, word: &str) -> bool {
    let names = |words: &[String]| words.iter().any(|own| own == word || own.strip_suffix('/') == Some(word));
    let unsets = |words: &[String]| {
        let section = word.rsplit_once('.').map_or(word, |(section, _)| section);
        words.iter().any(|word| word.contains("unset") && !word.contains('.')) && names(words)
            || words.iter().any(|word| word.contains("remove-section"))
                && words.iter().any(|word| word == section)
    };
    let removes =
        |words: &[String]| words.iter().any(|word| word == "remove" || word == "rm") && names(words);
    !word.is_empty()
        && (command.arguments("git config").is_some_and(unsets)
            || command.arguments("git remote").is_some_and(removes)
            || ["git credential", "git credential-store", "git credential-cache"]
                .iter()
                .any(|name| command.arguments(name).is_some_and(names))
            || ["rm", "shred", "unlink"].iter().any(|program| command.arguments(program).is_some_and(names)))
}
