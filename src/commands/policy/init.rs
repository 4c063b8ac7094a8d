//! `git gate policy init`: writes a new policy file.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::{PolicyInitArgs, ProfileName};
use crate::error::{Error, ExitStatus, Result};
use crate::git::Repo;
use crate::output::{Template, Ui, template};
use crate::platform;
use crate::policy::{self, SERVER_FILE};
use crate::text::{escape_path, quoted_path};

/// Writes the file, and says what to do next. An existing file is left alone.
pub(super) fn run(args: &PolicyInitArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let repo = Repo::open_if_any()?;
    let in_clone = repo.as_ref().is_some_and(|repo| repo.work_tree().is_some());
    if repo.is_none() && !args.server {
        let error = Error::usage("not inside a git repository");
        return Err(error.hinted(
            "change to the clone, or write the policy of a server with `git gate policy init --server`",
        ));
    }
    let server = args.server || !in_clone;
    let is_elsewhere = server && (in_clone || repo.is_none());
    let path = match (&repo, is_elsewhere) {
        (Some(repo), false) => policy::places(repo).into_iter().next(),
        (_, true) | (None, _) => std::path::absolute(SERVER_FILE).ok(),
    };
    let path = path.unwrap_or_else(|| PathBuf::from(SERVER_FILE));
    let profile = args.profile.map(|profile| match profile {
        ProfileName::Default => "default",
        ProfileName::Hardened => "hardened",
    });
    let schema = schema_path(repo.as_ref().filter(|_| !server));
    create(&path, &template(Template { profile, server, schema: &schema }))?;
    let mut text = format!("wrote {}\n", escape_path(&path));
    if is_elsewhere {
        let shown = quoted_path(&path);
        text += &format!("to use it for all repositories: `git config --system gate.policy {shown}`\n");
    }
    text += &format!("check it after each change: `git gate policy check {}`\n", quoted_path(&path));
    ui.out(&text);
    Ok(ExitStatus::Clean)
}

/// Returns a place for the JSON Schema, relative to the policy file: in the git directory of a clone, else beside it.
fn schema_path(clone: Option<&Repo>) -> String {
    let name = "git-gate.schema.json";
    match clone {
        None => name.to_owned(),
        Some(repo) if repo.work_tree().is_some_and(|top| top.join(".git").is_dir()) => format!(".git/{name}"),
        // In a linked worktree `.git` is a file.
        Some(repo) => escape_path(&repo.common_dir().join(name)),
    }
}

/// Writes a new file that only its owner can change: a server would refuse any other.
fn create(path: &Path, text: &str) -> Result<()> {
    let mut file = platform::create_for_owner(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            let error = Error::usage(format!("{} exists already, and is left as it is", escape_path(path)));
            error.hinted("move it away, or edit it; `git gate policy check` says whether it is valid")
        }
        _ => Error::io(format!("cannot write {}", escape_path(path)), error),
    })?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|error| Error::io(format!("cannot write {}", escape_path(path)), error))
}
