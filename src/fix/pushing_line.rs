//! Lines of scripts that push, in any language.

use super::pushing_actions::COMMANDS;

/// Maximum number of bytes between `git` and `push` in a script of any language.
const MAX_BETWEEN: usize = 200;

/// Programs that print or search a text, and do nothing else.
const PRINTING: &[&str] = &["echo ", "grep ", "printf "];

/// Returns whether a line of a script in any language is a comment, or prints a text, and does nothing else.
///
/// A line with a quote may end a text and go on, and one with a sign may call something.
pub(super) fn does_nothing(line: &str) -> bool {
    let line = line.trim_start();
    let prints = PRINTING.iter().any(|program| line.starts_with(program));
    let is_comment =
        line.strip_prefix('#').is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '#']));
    is_comment && !line.contains(['\'', '"', '`'])
        || prints
            && !line.contains([';', '|', '&', '`', '$', '<', '>', '(', '[', '{'])
            && !line.ends_with('\\')
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
    line.match_indices("push").find_map(|(at_push, push)| {
        let before =
            line.get(at_push.saturating_sub(MAX_BETWEEN)..at_push).or_else(|| line.get(..at_push))?;
        before.match_indices("git").find_map(|(at, _)| {
            let between = before.get(at + 3..)?;
            let is_forge = ["hub", "lab", "ea"].iter().any(|end| between.starts_with(end));
            let is_piped = between.contains(" | ") && !between.contains(['\'', '"']);
            let is_other = is_piped || ["docker", ";", "&&", "||"].iter().any(|word| between.contains(word));
            // `git stash push`, and keys of config such as `push.default`.
            let mut words = between.split_whitespace().rev();
            let is_word = words.next() == Some("stash")
                && !words.next().is_some_and(|word| word.starts_with('-'))
                || between.contains("config")
                    && line.get(at_push + 4..).is_some_and(|rest| rest.starts_with('.'));
            let is_git = !ends_in_a_word(before.get(..at)) && !is_forge && !is_other && !is_word;
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
            "git stash push && git push",
            "git config push.default simple; git push",
            "os.system('git -C stash push')",
            "os.system('git -c core.pager=\"less | cat\" push')",
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
            "git stash push -m x",
            "git config --global push.autoSetupRemote true",
            "git log --oneline | grep push",
        ] {
            assert_eq!(pushing_line(line), None, "{line}");
        }
        for (line, expected) in [
            ("  # git push", true),
            ("grep -r 'git push' .", true),
            ("printf 'now git push\\n'", true),
            ("echo 'git push' >x.sh", false),
            ("grep x y && git push", false),
            ("git push # now", false),
            ("#push() { execFileSync('git', ['push']); }", false),
            ("#{git} push origin HEAD", false),
            ("#[Task] function f() { exec('git push'); }", false),
            ("# notes' && git push origin HEAD", false),
            ("#> git push origin HEAD", false),
            ("printf 'git push' \\", false),
            ("grep -q . <(git push)", false),
            ("echo shell_exec('git push')", false),
            ("printf \"%s\", %x{git push}", false),
        ] {
            assert_eq!(does_nothing(line), expected, "{line}");
        }
    }
}
