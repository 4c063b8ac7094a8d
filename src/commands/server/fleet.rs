//! Visits to all repositories, on all cores.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use bstr::ByteSlice as _;
use clap::ValueEnum as _;
use serde::Serialize;

use super::outcome::{Outcome, State};
use super::visit::with_work_tree;
use crate::cli::{FleetArgs, VisitArgs, VisitTask};
use crate::commands::obstacles;
use crate::env;
use crate::error::{Error, Result};
use crate::git::{LOCAL_VARIABLES, Obstacle, ObstacleKind, Search};
use crate::install::{Defect, Fresh};
use crate::parallel;
use crate::platform;
use crate::text::{distinct, escape};

/// Outcome of a task in many repositories.
#[derive(Debug)]
pub(super) struct FleetReport {
    /// Task.
    pub(super) task: VisitTask,
    /// Outcome in each repository.
    pub(super) repositories: BTreeMap<PathBuf, Outcome>,
    /// Places that were not searched.
    pub(super) unsearched: BTreeMap<PathBuf, Defect>,
    /// Directories that were left out on request.
    pub(super) excluded: usize,
}

impl FleetReport {
    /// Returns whether no repository failed, and every place was searched.
    pub(super) fn is_fine(&self) -> bool {
        self.unsearched.is_empty() && self.count(State::Failed) == 0
    }

    /// Returns whether nothing was changed, and nothing failed.
    pub(super) fn is_quiet(&self) -> bool {
        self.is_fine() && self.count(State::Installed) + self.count(State::Uninstalled) == 0
    }

    /// Returns the number of repositories in a state.
    pub(super) fn count(&self, state: State) -> usize {
        self.repositories.values().filter(|outcome| outcome.state == state).count()
    }

    /// Returns the report as one JSON document.
    pub(super) fn json(&self) -> String {
        let counts: BTreeMap<&str, usize> =
            State::ALL.map(|state| (state.name(), self.count(state))).into_iter().collect();
        let repositories = self.repositories.iter();
        let document = Document {
            version: 1,
            fine: self.is_fine(),
            counts,
            excluded: self.excluded,
            repositories: repositories.map(|(path, value)| Placed { path: distinct(path), value }).collect(),
            unsearched: self
                .unsearched
                .iter()
                .map(|(path, value)| Placed { path: distinct(path), value })
                .collect(),
        };
        #[expect(clippy::expect_used, reason = "the document consists of texts and numbers")]
        let text = serde_json::to_string_pretty(&document).expect("a report can be written as JSON");
        text + "\n"
    }
}

#[derive(Serialize)]
struct Document<'r> {
    version: u32,
    fine: bool,
    counts: BTreeMap<&'static str, usize>,
    excluded: usize,
    repositories: Vec<Placed<&'r Outcome>>,
    unsearched: Vec<Placed<&'r Defect>>,
}

#[derive(Serialize)]
struct Placed<T> {
    path: String,
    #[serde(flatten)]
    value: T,
}

/// Searches the directories, and visits each repository.
///
/// # Errors
/// Fails if the program that visits a repository cannot be found.
pub(super) fn visit(args: &FleetArgs, visit: VisitArgs) -> Result<FleetReport> {
    let search = Search::below(&args.directories, &args.exclude);
    let excluded = search.excluded.len();
    let mut report = FleetReport {
        task: visit.task,
        repositories: BTreeMap::new(),
        unsearched: BTreeMap::new(),
        excluded,
    };
    for obstacle in search.obstacles {
        report.obstacle(obstacle);
    }
    let visitor = Visitor::new(visit)?;
    let repositories: Vec<PathBuf> = search.repositories.into_iter().collect();
    let next = AtomicUsize::new(0);
    let work = |()| {
        let next = || repositories.get(next.fetch_add(1, Ordering::Relaxed));
        let visited = std::iter::from_fn(next).map(|path| (path.clone(), visitor.visit(path)));
        visited.collect::<Vec<_>>()
    };
    let visited = parallel::run(vec![(); parallel::cores() - 1], || work(()), work);
    report.repositories.extend(visited.into_iter().flatten());
    Ok(report)
}

impl FleetReport {
    fn obstacle(&mut self, obstacle: Obstacle) {
        let (message, repair) = obstacles::described(&obstacle);
        let Obstacle { path, kind } = obstacle;
        match kind {
            ObstacleKind::WorkTree => {
                self.repositories.insert(path, Outcome::failed(with_work_tree(message)));
            }
            ObstacleKind::Shared | ObstacleKind::Damaged(_) => {
                self.repositories.insert(path, Outcome::failed(Defect::new(message, repair)));
            }
            ObstacleKind::Unreadable(_) | ObstacleKind::Empty | ObstacleKind::Link(_) => {
                self.unsearched.insert(path, Defect::new(message, repair));
            }
        }
    }
}

/// Program that visits repositories.
struct Visitor {
    program: PathBuf,
    args: VisitArgs,
    fresh: Option<Fresh>,
}

impl Visitor {
    fn new(args: VisitArgs) -> Result<Self> {
        let program = env::running_program()
            .map_err(|error| Error::io("cannot find the path of the running program", error))?;
        let fresh = (args.task == VisitTask::Install).then(|| Fresh::new(args.mode)).transpose()?;
        Ok(Self { program, args, fresh })
    }

    fn visit(&self, repository: &Path) -> Outcome {
        if self.fresh.as_ref().is_some_and(|fresh| fresh.has(repository)) {
            return Outcome::new(State::Unchanged);
        }
        let mut outcome = self.run(repository).unwrap_or_else(Outcome::from);
        if outcome.state == State::Failed {
            outcome.problems.extend(wrong_user(repository));
        }
        outcome
    }

    fn run(&self, repository: &Path) -> Result<Outcome> {
        let name = |task: VisitTask| task.to_possible_value().map(|value| value.get_name().to_owned());
        let mut command = Command::new(&self.program);
        command.args(["server", "visit"]).args(name(self.args.task));
        if let Some(mode) = self.args.mode.and_then(|mode| mode.to_possible_value()) {
            command.args(["--mode", mode.get_name()]);
        }
        for variable in LOCAL_VARIABLES.into_iter().chain(["GIT_CONFIG_PARAMETERS", "GIT_NAMESPACE"]) {
            command.env_remove(variable);
        }
        // Where git finds no repository, it must not take one further up.
        if let Some(around) = repository.parent() {
            command.env("GIT_CEILING_DIRECTORIES", around);
        }
        let cannot = |error| Error::io("cannot visit the repository", error);
        let output = command.current_dir(repository).stdin(Stdio::null()).output().map_err(cannot)?;
        Ok(serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
            let said = output.stderr.lines().next().unwrap_or_default();
            let message = format!("the visit ended with {}: {}", output.status, escape(said));
            Outcome::failed(Defect::new(message, "try `git gate status` in the repository"))
        }))
    }
}

/// Reports that the repository belongs to another user, which is the usual cause of a failure.
fn wrong_user(repository: &Path) -> Option<Defect> {
    let owner = platform::owner(&repository.metadata().ok()?);
    (owner != platform::user()).then(|| {
        Defect::new(format!("the repository belongs to another user (uid {owner})"), "run this as that user")
    })
}
