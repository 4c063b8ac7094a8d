//! Settings of hooks that git config includes under a condition, which does not hold now.

use bstr::ByteSlice as _;

use crate::config::{self, ConfigEntry, ConfigFile, ConfigPart, EffectiveConfig, FileFormat};
use crate::error::Result;
use crate::git::Repo;
use crate::platform;
use crate::text::{escape, escape_path};
use crate::token;

/// Maximum number of keys that a note names.
const SHOWN: usize = 3;

/// Returns a note on each file that would change the hooks under a condition. What is in force is proven instead.
///
/// # Errors
/// Fails if git does not answer.
pub(super) fn notes(repo: &Repo) -> Result<Vec<String>> {
    let files = match EffectiveConfig::read(repo) {
        Ok(effective) => effective.files,
        Err(error) => return Ok(vec![format!("conditional git config is not judged: {error}")]),
    };
    let changing: Vec<(ConfigFile, Vec<String>)> = files
        .into_iter()
        .filter(|file| file.condition.is_some() && file.format == FileFormat::Config)
        .map(|file| (keys_of_hooks(&file.text), file))
        .filter(|(keys, _)| !keys.is_empty())
        .map(|(keys, file)| (file, keys))
        .collect();
    if changing.is_empty() {
        return Ok(Vec::new());
    }
    let active = config::files_in_force()?;
    let is_inactive =
        |file: &ConfigFile| platform::real_path(&file.path).is_ok_and(|real| !active.contains(&real));
    let inactive = changing.iter().filter(|(file, _)| is_inactive(file));
    Ok(inactive.map(|(file, keys)| note(file, keys)).collect())
}

fn note(file: &ConfigFile, keys: &[String]) -> String {
    let condition = token::printable(file.condition.as_ref().map_or(&[][..], |condition| condition));
    let shown: Vec<&str> = keys.iter().take(SHOWN).map(String::as_str).collect();
    let more = if keys.len() > SHOWN { " and others" } else { "" };
    format!(
        "other hooks run where the condition `{condition}` of git config holds, and are not proven: {} sets {}{more}",
        escape_path(&file.path),
        shown.join(", ")
    )
}

/// Returns the keys of a file in git-config syntax that select hooks, escaped, each once.
fn keys_of_hooks(text: &[u8]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for item in config::parse(text) {
        let ConfigPart::Entry(entry) = item.part else { continue };
        if selects_hooks(&entry) {
            let key = escape(&entry.key());
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    keys
}

/// Returns whether an entry selects hooks: all of a section `hook`, and the directory.
fn selects_hooks(entry: &ConfigEntry) -> bool {
    let section = entry.section.name.as_bstr();
    section == "hook" || section == "core" && entry.name == "hookspath"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_select_hooks_are_found_in_any_case() {
        for (text, keys) in [
            ("[core]\n\thooksPath = /x\n\tbare = true\n", &["core.hookspath"][..]),
            ("[Hook \"a\"]\n\tCommand = x\n\tevent = pre-push\n", &["hook.a.command", "hook.a.event"]),
            ("[CORE]\n\tHOOKSPATH = a\n\thookspath = b\n", &["core.hookspath"]),
            ("[hooks]\n\tx = 1\n[core \"x\"]\n\teditor = vi\n", &[]),
        ] {
            assert_eq!(keys_of_hooks(text.as_bytes()), keys, "{text}");
        }
    }
}
