//! Lines of scripts that push, in any language.

use super::pushing_actions::COMMANDS;

/// Maximum number of bytes between `git` and `push` in a script of any language.
const MAX_BETWEEN: usize = 200;

/// Returns whether a line of a script prints a text and does nothing else.
pub(super) fn only_prints(line: &str) -> bool {
    line.trim_start().starts_with("echo ") && !line.contains([';', '|', '&', '`', '$', '>'])
}

fn ends_in_a_word(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.ends_with(|c: char| c.is_alphanumeric() || c == '-'))
}

/// Returns the part of a line that pushes, or looks like it, in a script of any language.
pub(super) fn pushing_line(line: &str) -> Option<String> {
    let line = line.to_ascii_lowercase();
    let name = COMMANDS.iter().find(|name| {
        let at = line.find(**name).filter(|_| name.contains([' ', '-']) || name.starts_with("bump"));
        at.is_some_and(|at| !ends_in_a_word(line.get(..at)))
    });
    if let Some(name) = name {
        return Some((*name).to_owned());
    }
    line.match_indices("push").find_map(|(at, push)| {
        let before = line.get(at.saturating_sub(MAX_BETWEEN)..at).or_else(|| line.get(..at))?;
        before.match_indices("git").find_map(|(at, _)| {
            let between = before.get(at + 3..)?;
            let is_forge = ["hub", "lab", "ea"].iter().any(|end| between.starts_with(end));
            let is_other = ["docker", ";", "&&", "||"].iter().any(|word| between.contains(word));
            let is_git = !ends_in_a_word(before.get(..at)) && !is_forge && !is_other;
            is_git.then(|| format!("git{between}{push}"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pushes_are_found_in_scripts_of_any_language() {
        for line in [
            "git push origin HEAD",
            "git -C feature -c url.https://github.com/.insteadOf=x push",
            "  git -C docs push",
            "await repo.gitPush(\"-u\", \"origin\", \"HEAD\");",
            "subprocess.run([\"git\", \"push\", tag])",
            "self.git.push()",
            "system('git', 'push')",
            "npm version patch",
            "npx semantic-release",
            "cargo smart-release --execute",
        ] {
            assert!(pushing_line(line).is_some(), "{line}");
        }
        for line in [
            "docker push \"image:$(git rev-parse HEAD)\"",
            "git describe && docker push x",
            "if github.event_name == 'push'",
            "list.push(x)",
            "git pull",
            "digits.push(1)",
        ] {
            assert_eq!(pushing_line(line), None, "{line}");
        }
    }
}
