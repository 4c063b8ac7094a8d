//! The git command that runs a hook. git passes none of its options on to the hook commit-msg.

use std::fs;
use std::path::Path;

use bstr::ByteSlice as _;

/// Maximum number of processes between git and a hook: shells and programs that run several hooks.
const MAX_BETWEEN: usize = 8;

/// Returns whether `git commit --amend` runs the hook.
///
/// Returns false also where the system does not say it: only Linux shows the processes in files.
pub(crate) fn is_amend() -> bool {
    let mut process = std::os::unix::process::parent_id();
    for _ in 0..MAX_BETWEEN {
        let directory = Path::new("/proc").join(process.to_string());
        let Ok(line) = fs::read(directory.join("cmdline")) else { return false };
        if let Some(is_amend) = is_amend_call(&line) {
            return is_amend;
        }
        let stat = fs::read(directory.join("stat")).unwrap_or_default();
        let Some(parent) = parent(&stat) else { return false };
        process = parent;
    }
    false
}

/// Returns whether a command line amends a commit; `None` if it is not `git commit`.
fn is_amend_call(line: &[u8]) -> Option<bool> {
    let mut words = line.split(|byte| *byte == 0);
    let program = words.next()?.rsplit(|byte| *byte == b'/').next()?;
    if !matches!(program, b"git" | b"git-commit") {
        return None;
    }
    let is_option = |word: &&[u8]| *word != b"--";
    let is_amend = |word: &[u8]| word.len() > "--a".len() && b"--amend".starts_with(word);
    match program == b"git-commit" || words.by_ref().any(|word| word == b"commit") {
        true => Some(words.take_while(is_option).any(is_amend)),
        false => None,
    }
}

/// Reads the parent of a process: the second field behind the name, which is in brackets (proc_pid_stat(5)).
fn parent(stat: &[u8]) -> Option<u32> {
    let (_, fields) = stat.rsplit_once_str(")")?;
    let parent: u32 = fields.fields().nth(1)?.to_str().ok()?.parse().ok()?;
    (parent > 1).then_some(parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn option_of_git_commit_is_found() {
        for (line, amends) in [
            ("git\0commit\0--amend\0-m\0x\0", Some(true)),
            ("/usr/bin/git\0-C\0x\0commit\0-a\0--am\0", Some(true)),
            ("/usr/lib/git-core/git-commit\0--amend\0", Some(true)),
            ("git\0commit\0-a\0", Some(false)),
            ("git\0commit\0-a\0--\0--amend\0", Some(false)),
            ("git\0merge\0x\0", None),
            ("sh\0-c\0git commit --amend\0", None),
            ("", None),
        ] {
            assert_eq!(is_amend_call(line.as_bytes()), amends, "{line:?}");
        }
    }

    #[test]
    fn parent_is_read_behind_any_name() {
        assert_eq!(parent(b"12 (a) b) S 34 12 12 0"), Some(34));
        for stat in ["12 (a) S 1 12", "12 (a) S", "", "12 (a) S x"] {
            assert_eq!(parent(stat.as_bytes()), None, "{stat}");
        }
    }
}
