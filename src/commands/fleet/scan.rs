//! `git gate fleet scan`: judges many repositories, on all cores.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::block;
use super::lines::{FleetRun, Header, VERSION};
use super::places::{self, Fault, Place};
use super::pools::Pools;
use super::sink::{Sink, unwritable};
use super::visit::Visitor;
use crate::cli::FleetScanArgs;
use crate::commands::scan::filters;
use crate::commands::status_of;
use crate::error::{Error, ExitStatus, Result};
use crate::git::ScratchDirectory;
use crate::output::{Progress, Ui};
use crate::parallel::{self, into_value, lock};
use crate::platform;
use crate::policy;

/// Judges the repositories of the shard that are not judged yet, and writes the stream and its summary.
pub(super) fn run(args: &FleetScanArgs, ui: &mut Ui) -> Result<ExitStatus> {
    filters::filter(&args.filters)?;
    let policy = args.policy.as_deref().map(policy::digest).transpose()?;
    let searching = Progress::spinner(ui, "finding repositories");
    let mut places = places::find(&args.places, &args.exclude)?;
    searching.finish();
    let (list, total) = (places::digest(places.keys().map(String::as_str)), places.len() as u64);
    places.retain(|id, _| places::is_in(args.shard, id));
    let header = Header {
        version: VERSION,
        tool: "git-gate".to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        fleet: FleetRun {
            shard: args.shard.number,
            shards: args.shard.of,
            repositories: places.len() as u64,
            total,
            list,
            options: options(args).into_iter().map(|option| option.to_string_lossy().into_owned()).collect(),
            policy,
            machine: platform::machine_name(),
        },
    };
    let sink = Sink::open(args, &header)?;
    let mut left: Vec<(String, Place)> =
        places.into_iter().filter(|(id, _)| !sink.judged.contains(id)).collect();
    // The largest ones first: the last one to be started decides when the run ends.
    left.sort_by_cached_key(|(_, place)| std::cmp::Reverse(size(&place.directory)));
    let mut sink = judge(args, left, sink, ui)?;
    if !sink.is_finished {
        sink.finish()?;
    }
    let summary = sink.tally.summary(&header.fleet);
    match args.output.is_some() || args.resume.is_some() {
        true => ui.out(&summary),
        false => ui.err(&summary),
    }
    Ok(status_of(sink.tally.verdict()))
}

/// Returns the options that decide what is judged and shown, other than the policy.
fn options(args: &FleetScanArgs) -> Vec<OsString> {
    let git_config = args.no_git_config.then(|| OsString::from("--no-git-config"));
    git_config.into_iter().chain(args.filters.arguments()).collect()
}

/// Judges repositories, as many at a time as there are cores, and writes their blocks in the order in which they end.
fn judge(args: &FleetScanArgs, left: Vec<(String, Place)>, sink: Sink, ui: &Ui) -> Result<Sink> {
    let cores = parallel::cores();
    let jobs = args.jobs.map_or(cores, NonZeroUsize::get).min(left.len()).max(1);
    let threads = NonZeroUsize::new(cores / jobs).unwrap_or(NonZeroUsize::MIN);
    let mut arguments = options(args);
    if let Some(policy) = &args.policy {
        let path = std::path::absolute(policy).map_err(|error| Error::io("cannot find the policy", error))?;
        arguments.extend(["--policy".into(), path.into_os_string()]);
    }
    let visitor = Visitor::new(threads, arguments)?;
    let pools = Pools::of(left.iter().map(|(_, place)| &*place.directory));
    // Without it, each fork searches its pool itself.
    let clean_blobs = if pools.is_empty() { None } else { ScratchDirectory::new().ok() };
    let progress = Progress::commits(ui, "checking repositories");
    left.iter().for_each(|_| progress.add_found());
    let (next, sink) = (AtomicUsize::new(0), Mutex::new(sink));
    let work = || -> Result<()> {
        while let Some((id, place)) = left.get(next.fetch_add(1, Ordering::Relaxed)) {
            let visited = match &place.fault {
                Some(fault) => Err(fault.clone()),
                None => {
                    let folder = clean_blobs.as_ref().filter(|_| pools.share(&place.directory));
                    let folder = folder.map(ScratchDirectory::path);
                    visitor.visit(&place.directory, folder).map_err(|error| not_visited(&error))
                }
            };
            let mut sink = lock(&sink);
            let Sink { out, tally, .. } = &mut *sink;
            let written = block::write(out, tally, id, visited).and_then(|()| out.flush());
            if let Err(error) = written {
                next.store(left.len(), Ordering::Relaxed);
                return Err(unwritable(error));
            }
            progress.add_checked();
        }
        Ok(())
    };
    let results = parallel::run(vec![(); jobs - 1], work, |()| work());
    progress.finish();
    results.into_iter().collect::<Result<()>>()?;
    Ok(into_value(sink))
}

fn not_visited(error: &std::io::Error) -> Fault {
    Fault {
        why: format!("it cannot be scanned: {error}"),
        hint: "run this as the user who owns the repositories".to_owned(),
    }
}

/// Returns the size of the packs of a repository in bytes; 0 if it is not known.
fn size(directory: &Path) -> u64 {
    let sizes = ["objects/pack", ".git/objects/pack"].map(|packs| {
        let packs = fs::read_dir(directory.join(packs)).into_iter().flatten();
        packs.filter_map(|pack| Some(pack.ok()?.metadata().ok()?.len())).sum::<u64>()
    });
    sizes.into_iter().sum()
}
