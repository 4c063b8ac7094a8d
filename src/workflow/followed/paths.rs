//! Paths of the tree that the words of a command may mean.

use crate::workflow::goreleaser::GORELEASER_FILES;
use crate::workflow::makefile::{MAKEFILES, RecipeSyntax};
use crate::workflow::shell::ShellCommand;

/// Returns the paths at which goreleaser looks for its configuration.
pub(super) fn config_paths(arguments: &str, workdir: Option<&str>) -> Vec<String> {
    let folder = in_folder(workdir).unwrap_or_default();
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let is_option = |word: &&str| matches!(*word, "-f" | "--config");
    let after =
        words.windows(2).find(|pair| pair.first().is_some_and(is_option)).and_then(|pair| pair.get(1));
    let joined =
        || words.iter().find_map(|word| word.strip_prefix("--config=").or_else(|| word.strip_prefix("-f=")));
    // A path that an expression gives is not known; the usual names are the best guess.
    let given = after.copied().or_else(joined).filter(|path| !path.contains('$'));
    match given {
        Some(path) => in_tree(&folder, path).into_iter().collect(),
        None => GORELEASER_FILES.iter().filter_map(|name| in_tree(&folder, name)).collect(),
    }
}

/// Returns the paths of the files that commands run, in a folder.
pub(super) fn paths_of_commands(commands: &[ShellCommand], folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for command in commands {
        if let Some(words) = command.arguments("make") {
            found.extend(makefiles(words, folder));
        }
        found.extend(
            command.words.iter().filter(|word| is_script(word)).filter_map(|word| in_tree(folder, word)),
        );
    }
    found
}

/// Returns the paths of the Makefiles that a call of make may read.
pub(super) fn makefiles(words: &[String], folder: &str) -> Vec<String> {
    let folder = match value_of(words, "-C") {
        Some(below) => in_tree(folder, below).unwrap_or_default(),
        None => folder.to_owned(),
    };
    match value_of(words, "-f") {
        Some(file) => in_tree(&folder, file).into_iter().collect(),
        None => MAKEFILES.iter().filter_map(|name| in_tree(&folder, name)).collect(),
    }
}

/// Returns the word after an option.
pub(super) fn value_of<'w>(words: &'w [String], option: &str) -> Option<&'w str> {
    let at = words.iter().position(|word| word == option)?;
    words.get(at + 1).map(String::as_str)
}

/// Returns whether a word may be the path of a script: it ends like one, or has no ending.
pub(super) fn is_script(word: &str) -> bool {
    let (folder, name) = word.rsplit_once('/').unwrap_or(("", word));
    name.ends_with(".sh") || name.ends_with(".bash") || !folder.is_empty() && !name.contains('.')
}

/// Returns a path of the tree, from one that is relative to a folder; `None` if it is not known or leaves the tree.
pub(super) fn in_tree(folder: &str, path: &str) -> Option<String> {
    let roots = ["${{ github.workspace }}/", "$GITHUB_WORKSPACE/", "${GITHUB_WORKSPACE}/"];
    let rooted = roots.iter().find_map(|root| path.strip_prefix(root));
    let joined = rooted.map_or_else(|| format!("{folder}/{path}"), str::to_owned);
    let is_usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '+');
    let parts: Vec<&str> = joined.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let is_known = joined.chars().all(is_usual) && !path.starts_with('/') && !parts.contains(&"..");
    (is_known && !parts.is_empty()).then(|| parts.join("/"))
}

/// Returns the path of a folder, the top if none is given; `None` if it is not known, or not in the tree.
pub(super) fn in_folder(value: Option<&str>) -> Option<String> {
    let is_top = |value: &str| matches!(value.trim_end_matches('/'), "" | "." | "${{ github.workspace }}");
    match value {
        Some(value) if !is_top(value) => in_tree("", value),
        _ => Some(String::new()),
    }
}

/// Returns the folder of a file.
pub(super) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

pub(super) fn is_makefile(path: &str) -> bool {
    RecipeSyntax::of(path) == Some(RecipeSyntax::Make)
}

#[cfg(test)]
mod tests {
    use super::in_tree;

    #[test]
    fn paths_stay_in_the_tree() {
        for (folder, path, expected) in [
            ("", "./hack/x.sh", Some("hack/x.sh")),
            ("a/b", "x.sh", Some("a/b/x.sh")),
            ("a", "$GITHUB_WORKSPACE/x.sh", Some("x.sh")),
            ("a", "../x.sh", None),
            ("", "/usr/bin/x.sh", None),
            ("", "$X/x.sh", None),
            ("", "./", None),
        ] {
            assert_eq!(in_tree(folder, path).as_deref(), expected, "{folder} {path}");
        }
    }
}
