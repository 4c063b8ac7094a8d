//! The git command that runs a hook. git passes none of its options on to the hook commit-msg.

use super::process;

/// Maximum number of processes between git and a hook: shells and programs that run several hooks.
const MAX_BETWEEN: usize = 8;

/// Returns whether `git commit --amend` runs the hook.
///
/// Returns false also where the system does not say it.
pub(crate) fn is_amend() -> bool {
    let calls = process::above().take(MAX_BETWEEN).map(|process| process::command_of(&process));
    calls.filter_map(|call| is_amend_call(&call)).next().unwrap_or(false)
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
}
