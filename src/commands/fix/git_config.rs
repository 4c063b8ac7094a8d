//! Removes credentials from the git config of the repository, not from files outside of it.

use std::path::Path;

use crate::cli::FixArgs;
use crate::config::{self, ConfigFile, ConfigPart, EffectiveConfig, FileFormat};
use crate::error::{Error, ExitStatus, Result};
use crate::git::{Git, Repo};
use crate::output::Ui;
use crate::token::{self, Leak};

/// Shows the credentials that would be removed; with `--apply` removes them.
pub(super) fn run(args: &FixArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let repo = Repo::open()?;
    let effective = EffectiveConfig::read(&repo)?;
    // A link may lead to the config of the user, or to any other file.
    let top = repo.common_dir().canonicalize();
    let top = top.map_err(|error| Error::io("cannot find the git directory", error))?;
    let is_inside = |path: &Path| path.canonicalize().is_ok_and(|real| real.starts_with(&top));
    let own = |file: &&ConfigFile| {
        let is_named_inside = file.path.starts_with(repo.common_dir());
        file.format == FileFormat::Config && is_named_inside && is_inside(&file.path)
    };
    let repairs: Vec<Repair> = effective.files.iter().filter(own).flat_map(repairs).collect();
    if repairs.is_empty() {
        ui.out("nothing in the git config of this repository can be fixed automatically\n");
        return Ok(ExitStatus::Clean);
    }
    for repair in &repairs {
        ui.out(&repair.diff());
        if args.apply {
            repair.apply()?;
        }
    }
    ui.out(match args.apply {
        true => "removed; now revoke the credentials: they may have been read\n",
        false => "nothing was changed; to apply, run `git gate fix --git-config --apply`\n",
    });
    Ok(ExitStatus::Clean)
}

/// A value that is replaced or removed.
struct Repair<'a> {
    file: &'a Path,
    key: String,
    replacement: Option<String>,
}

/// Returns the credentials of a file that can be removed without a change to other values.
///
/// Each is the only value of its key. Otherwise git would need the value on its command line, where other
/// users could see it.
fn repairs(file: &ConfigFile) -> Vec<Repair<'_>> {
    let keys: Vec<_> = config::parse(&file.text)
        .into_iter()
        .filter_map(|item| if let ConfigPart::Entry(entry) = item.part { Some(entry.key()) } else { None })
        .collect();
    let repair = |leak: Leak| {
        let key = leak.named_key()?.to_owned();
        let alone = keys.iter().filter(|other| **other == key.as_bytes()).count() == 1;
        alone.then(|| Repair { file: &file.path, key, replacement: leak.replacement })
    };
    let mut repairs: Vec<Repair<'_>> =
        token::scan_format(file.format, &file.text).into_iter().filter_map(repair).collect();
    repairs.dedup_by(|one, other| one.key == other.key);
    repairs
}

impl Repair<'_> {
    fn diff(&self) -> String {
        let file = token::printable(self.file.as_os_str().as_encoded_bytes());
        match &self.replacement {
            Some(value) => format!("{file}\n- {0} = ***\n+ {0} = {value}\n", self.key),
            None => format!("{file}\n- {} = ***\n", self.key),
        }
    }

    fn apply(&self) -> Result<()> {
        let git = Git::new("config").arg("--file").arg(self.file);
        let git = match &self.replacement {
            Some(value) => git.args(["--replace-all", &self.key, value]),
            None => git.args(["--unset-all", &self.key]),
        };
        git.output().map(drop)
    }
}
