//! Paths of a tree at which a forge finds workflows and actions.

use bstr::ByteSlice as _;

/// Kind of content at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Directory of workflows, or its parent. Only a symbolic link or submodule in its place matters.
    Directory,
    /// Workflow or action file.
    File {
        /// True if the forge reads the file as a workflow.
        workflow: bool,
        /// True if the file is an action, provided that it has a `runs` key.
        action: bool,
        /// Forge that reads the file.
        dialect: Dialect,
    },
}

/// Forge that reads a file, as far as it affects parsing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// GitHub: merge keys are ordinary keys, and keys that differ only in case are duplicates.
    GitHub,
    /// Gitea and Forgejo: merge keys are merged.
    Gitea,
}

/// Classifies the path of a tree entry; `None` if no forge reads it. Paths are compared without case, so that
/// no file system or forge finds a workflow that this function misses.
pub(crate) fn scope(path: &[u8]) -> Option<Scope> {
    // Fast path: most paths of a repository return here.
    let named = [&b".yml"[..], b".yaml", b".github", b".gitea", b".forgejo", b"/workflows"];
    if !named.iter().any(|end| ends_with(path, end)) {
        return None;
    }
    let path = path.to_ascii_lowercase();
    if let b".github"
    | b".gitea"
    | b".forgejo"
    | b".github/workflows"
    | b".gitea/workflows"
    | b".forgejo/workflows" = path.as_slice()
    {
        return Some(Scope::Directory);
    }
    if !path.ends_with(b".yml") && !path.ends_with(b".yaml") {
        return None;
    }
    let dialect = workflow_dialect(&path);
    let name = path.rsplit_once_str("/").map_or(path.as_slice(), |(_, name)| name);
    let action = matches!(name, b"action.yml" | b"action.yaml");
    (action || dialect.is_some()).then_some(Scope::File {
        workflow: dialect.is_some(),
        action,
        dialect: dialect.unwrap_or(Dialect::GitHub),
    })
}

/// Returns whether [`scope`] may be `Some` for a path with this name as one of its parts.
pub(crate) fn may_be_in_scope(name: &[u8]) -> bool {
    let names = [&b".github"[..], b".gitea", b".forgejo", b"action.yml", b"action.yaml"];
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn ends_with(path: &[u8], end: &[u8]) -> bool {
    path.len()
        .checked_sub(end.len())
        .and_then(|at| path.get(at..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

fn workflow_dialect(path: &[u8]) -> Option<Dialect> {
    if let Some(name) = path.strip_prefix(b".github/workflows/") {
        return (!name.contains(&b'/')).then_some(Dialect::GitHub);
    }
    let below = [&b".gitea/workflows/"[..], b".forgejo/workflows/"];
    below.iter().any(|folder| path.starts_with(folder)).then_some(Dialect::Gitea)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(workflow: bool, action: bool, dialect: Dialect) -> Option<Scope> {
        Some(Scope::File { workflow, action, dialect })
    }

    #[test]
    fn workflows_are_in_forge_folders_at_the_root() {
        use Dialect::{GitHub, Gitea};
        for (path, expected) in [
            (".github/workflows/ci.yml", file(true, false, GitHub)),
            (".github/workflows/ci.YAML", file(true, false, GitHub)),
            (".GitHub/Workflows/ci.yml", file(true, false, GitHub)),
            (".github/workflows/a/ci.yml", None),
            ("x/.github/workflows/ci.yml", None),
            (".github/workflows/README.md", None),
            (".gitea/workflows/ci.yml", file(true, false, Gitea)),
            (".gitea/workflows/a/b/ci.yaml", file(true, false, Gitea)),
            (".forgejo/workflows/a/ci.yml", file(true, false, Gitea)),
            (".github/dependabot.yml", None),
            (".github/workflows", Some(Scope::Directory)),
            (".github", Some(Scope::Directory)),
            ("x/.github", None),
            ("x/workflows", None),
        ] {
            assert_eq!(scope(path.as_bytes()), expected, "{path}");
        }
    }

    #[test]
    fn actions_are_found_in_any_folder() {
        for path in ["action.yml", "a/b/action.yaml", ".github/actions/x/Action.yml"] {
            assert_eq!(scope(path.as_bytes()), file(false, true, Dialect::GitHub), "{path}");
        }
        assert_eq!(scope(b".github/workflows/action.yml"), file(true, true, Dialect::GitHub));
        for path in ["my-action.yml", "action.yml/x", "action.json", "action"] {
            assert_eq!(scope(path.as_bytes()), None, "{path}");
        }
    }
}
