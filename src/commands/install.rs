//! `git gate install`: installs the hooks into a repository, a template, or git config.

use std::path::{Path, PathBuf};

use crate::cli::{InstallArgs, InstallMode, PlaceArgs};
use crate::error::{ExitStatus, Result};
use crate::git::Repo;
use crate::hook::HookEvent;
use crate::install::{self, ConfigTarget, GitVersion, HooksDirectory, InstallStep, Installation};
use crate::output::Ui;

/// Installs the hooks, or with `--dry-run` prints the steps.
pub(crate) fn run(args: &InstallArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let binary = install::own_path()?;
    let mut repository = None;
    let steps = match InstallTarget::of(&args.place) {
        InstallTarget::Repository => plan(args, repository.insert(Repo::open()?), &binary)?,
        InstallTarget::Config(file) => install::plan_configure(file, &HookEvent::ALL, &binary)?,
        InstallTarget::Template(hooks) => {
            install::plan_install(&hooks, &HookEvent::ALL, Installation { binary: &binary, tracked: &[] })?
        }
    };
    carry_out(&steps, args.place.dry_run, ui)?;
    let proof = match repository {
        Some(_) => "`git gate status`",
        None => "`git gate status` in a repository",
    };
    if let Some(repo) = repository.filter(|_| steps.is_empty() || !args.place.dry_run) {
        install::check_config_hooks(&repo)?;
    }
    if steps.is_empty() {
        ui.out("nothing to do: the hooks are already installed\n");
    } else if !args.place.dry_run {
        ui.out(&format!("installed; run {proof} to prove that the hooks refuse\n"));
    }
    Ok(ExitStatus::Clean)
}

/// Target of an installation or a removal.
pub(super) enum InstallTarget {
    /// The current repository.
    Repository,
    /// The config of a user or a machine.
    Config(ConfigTarget),
    /// The hooks directory of a template.
    Template(PathBuf),
}

impl InstallTarget {
    /// Returns the target that the arguments select.
    pub(super) fn of(args: &PlaceArgs) -> Self {
        match &args.template {
            Some(template) => Self::Template(template.join("hooks")),
            None if args.global => Self::Config(ConfigTarget::Global),
            None if args.system => Self::Config(ConfigTarget::System),
            None => Self::Repository,
        }
    }
}

/// Plans an installation into a repository.
///
/// New hooks are set before old ones are removed, so that a hook is always in place.
pub(super) fn plan(args: &InstallArgs, repo: &Repo, binary: &Path) -> Result<Vec<InstallStep>> {
    if repo.is_bare() {
        super::need_server_system()?;
    }
    let events = install::events(repo.is_bare());
    let mut steps = Vec::new();
    let (in_config, in_directory) = if args.mode == Some(InstallMode::Config) {
        (events.to_vec(), Vec::new())
    } else {
        let directory = HooksDirectory::find(repo)?;
        if let Some(error) = directory.stale_error() {
            return Err(error);
        }
        if directory.is_shared(repo) && !args.place.into_shared {
            return match install::is_complete(&directory.path, events, binary) {
                true => Ok(steps),
                false => Err(directory.shared_error(repo, "install")),
            };
        }
        let tracked = if args.edit_tracked { Vec::new() } else { directory.tracked(repo)? };
        let installation = Installation { binary, tracked: &tracked };
        let (in_config, in_directory) = by_location(args, events, &directory.path, installation)?;
        if !in_directory.is_empty() {
            steps = install::plan_install(&directory.path, &in_directory, installation)?;
            if let Some(hooks) = directory.of_forge(repo) {
                steps.extend(install::plan_uninstall(&hooks, &in_directory)?);
            }
        }
        (in_config, in_directory)
    };
    if !in_config.is_empty() {
        steps.extend(install::plan_configure(ConfigTarget::Local, &in_config, binary)?);
        for directory in HooksDirectory::all(repo)?.iter().filter(|directory| !directory.is_shared(repo)) {
            let tracked = if args.edit_tracked { Vec::new() } else { directory.tracked(repo)? };
            let is_free = |event: &HookEvent| !tracked.contains(&directory.path.join(event.name()));
            let events: Vec<HookEvent> = in_config.iter().copied().filter(is_free).collect();
            steps.extend(install::plan_uninstall(&directory.path, &events)?);
        }
    }
    steps.extend(install::plan_unconfigure(ConfigTarget::Local, &in_directory)?);
    Ok(steps)
}

/// Splits events into those for the config of the repository and those for its hooks directory.
fn by_location(
    args: &InstallArgs,
    events: &[HookEvent],
    directory: &Path,
    installation: Installation<'_>,
) -> Result<(Vec<HookEvent>, Vec<HookEvent>)> {
    // With `--into-shared` the user wants all hooks in the shared directory.
    let only_directory = args.mode == Some(InstallMode::Shim) || args.place.into_shared;
    if only_directory || !GitVersion::of_git()?.runs_config_hooks() {
        return Ok((Vec::new(), events.to_vec()));
    }
    let (mut in_config, mut in_directory) = (Vec::new(), Vec::new());
    for event in events.iter().copied() {
        match install::belongs_into_config(directory, event, installation)? {
            true => in_config.push(event),
            false => in_directory.push(event),
        }
    }
    Ok((in_config, in_directory))
}

/// Carries out the steps and prints them; in a dry run only prints them.
pub(super) fn carry_out(steps: &[InstallStep], dry_run: bool, ui: &mut Ui) -> Result<()> {
    for step in steps {
        if !dry_run {
            step.apply()?;
        }
        ui.out(&format!("{step}\n"));
    }
    if dry_run {
        ui.out("dry run: nothing was changed\n");
    }
    Ok(())
}
