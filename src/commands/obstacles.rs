//! Descriptions of what a search for repositories could not look into.

use crate::git::{Obstacle, ObstacleKind};
use crate::text::{escape_path, quoted_path};

/// Returns what an obstacle is, and what to do about it.
pub(super) fn described(Obstacle { path, kind }: &Obstacle) -> (String, String) {
    let leave_out = || format!("or leave it out: `--exclude {}`", quoted_path(path));
    match kind {
        ObstacleKind::WorkTree => {
            ("it has a work tree".to_owned(), format!("name its repository, {}", leave_out()))
        }
        ObstacleKind::Shared => (
            "it takes its objects and config from another repository (`commondir`)".to_owned(),
            format!("guard that repository, {}", leave_out()),
        ),
        ObstacleKind::Damaged(part) => (
            format!("it has parts of a repository, but no `{part}`"),
            format!("restore `{part}`, {}", leave_out()),
        ),
        ObstacleKind::Unreadable(error) => (
            format!("it cannot be read: {error}"),
            "run this as the user who owns the repositories, with every file system mounted".to_owned(),
        ),
        ObstacleKind::Empty => (
            "there is no repository in it, nor below it".to_owned(),
            "name the directory that contains the repositories".to_owned(),
        ),
        ObstacleKind::Link(target) => (
            format!("it leads to {}, which is not searched", escape_path(target)),
            format!("name that directory too: `{}`, {}", quoted_path(target), leave_out()),
        ),
    }
}
