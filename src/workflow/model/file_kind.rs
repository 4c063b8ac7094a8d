//! Paths of a tree at which a forge finds workflows and actions.

use bstr::ByteSlice as _;

use crate::workflow::lock::LOCK_PATH;

/// Reasons for which a forge reads a file; at least one of the three flags is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileKind {
    /// True if the forge reads the file as a workflow.
    pub workflow: bool,
    /// True if the file is an action, provided that it has a `runs` key.
    pub action: bool,
    /// True for the lock file of the actions; the other two flags are not set then.
    pub lock: bool,
    /// Forge that reads the file.
    pub dialect: Dialect,
}

/// Forge that reads a file, as far as it affects parsing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// GitHub: merge keys are ordinary keys, and keys that differ only in case are duplicates.
    GitHub,
    /// Gitea and Forgejo: merge keys are merged.
    Gitea,
}

impl FileKind {
    /// Kind of a reusable workflow outside the folders of workflows; only Gitea and Forgejo run one.
    pub const CALLED: Self = Self { workflow: true, action: false, lock: false, dialect: Dialect::Gitea };

    /// Kind of the lock file of the actions.
    const LOCK: Self = Self { workflow: false, action: false, lock: true, dialect: Dialect::GitHub };

    /// Returns whether the lock file may pin actions of such a file: a workflow that GitHub reads.
    pub(crate) fn may_be_locked(self) -> bool {
        // A file that is an action, too, runs in workflows that are not listed.
        self.workflow && !self.action && self.dialect == Dialect::GitHub
    }

    /// Classifies the path of a file in a tree; `None` if no forge reads it. Paths are compared without case, so
    /// that no file system or forge finds a workflow that this function misses.
    pub fn of(path: &[u8]) -> Option<Self> {
        // Most paths of a repository return here.
        if !ends_with(path, b".yml") && !ends_with(path, b".yaml") {
            return (path == LOCK_PATH.as_bytes()).then_some(Self::LOCK);
        }
        let path = path.to_ascii_lowercase();
        let dialect = workflow_dialect(&path);
        let name = path.rsplit_once_str("/").map_or(path.as_slice(), |(_, name)| name);
        let action = matches!(name, b"action.yml" | b"action.yaml");
        (action || dialect.is_some()).then_some(Self {
            workflow: dialect.is_some(),
            action,
            lock: false,
            dialect: dialect.unwrap_or(Dialect::GitHub),
        })
    }
}

/// Returns whether a path is the directory of workflows, or its parent. Only a symbolic link or a submodule in
/// its place matters.
pub(crate) fn is_workflow_directory(path: &[u8]) -> bool {
    let directories = [
        &b".github"[..],
        b".gitea",
        b".forgejo",
        b".github/workflows",
        b".gitea/workflows",
        b".forgejo/workflows",
    ];
    directories.iter().any(|directory| path.eq_ignore_ascii_case(directory))
}

/// Returns whether a path with this name as one of its parts may be that of a workflow, an action or their
/// directory.
pub(crate) fn may_be_in_workflow_path(name: &[u8]) -> bool {
    let names = [&b".github"[..], b".gitea", b".forgejo", b"action.yml", b"action.yaml"];
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn ends_with(path: &[u8], end: &[u8]) -> bool {
    path.len().checked_sub(end.len()).is_some_and(|at| path.split_at(at).1.eq_ignore_ascii_case(end))
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

    fn file(workflow: bool, action: bool, dialect: Dialect) -> Option<FileKind> {
        Some(FileKind { workflow, action, lock: false, dialect })
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
            (".github/workflows", None),
        ] {
            assert_eq!(FileKind::of(path.as_bytes()), expected, "{path}");
        }
    }

    #[test]
    fn actions_are_found_in_any_folder() {
        for path in ["action.yml", "a/b/action.yaml", ".github/actions/x/Action.yml"] {
            assert_eq!(FileKind::of(path.as_bytes()), file(false, true, Dialect::GitHub), "{path}");
        }
        assert_eq!(FileKind::of(b".github/workflows/action.yml"), file(true, true, Dialect::GitHub));
        for path in ["my-action.yml", "action.yml/x", "action.json", "action"] {
            assert_eq!(FileKind::of(path.as_bytes()), None, "{path}");
        }
    }

    #[test]
    fn lock_file_is_at_one_path() {
        assert!(FileKind::of(b".github/workflows/actions.lock").is_some_and(|kind| kind.lock));
        for path in [".github/workflows/Actions.lock", ".gitea/workflows/actions.lock", "actions.lock"] {
            assert_eq!(FileKind::of(path.as_bytes()), None, "{path}");
        }
    }

    #[test]
    fn directories_of_workflows_are_found_at_the_root() {
        for (path, expected) in [
            (".github/workflows", true),
            (".GITHUB", true),
            (".forgejo/Workflows", true),
            ("x/.github", false),
            ("x/workflows", false),
            (".github/actions", false),
        ] {
            assert_eq!(is_workflow_directory(path.as_bytes()), expected, "{path}");
        }
    }
}
