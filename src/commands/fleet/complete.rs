//! The proof that streams together are complete: of one kind, with every shard, and finished.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use bstr::BString;

use super::lines::{FleetRun, Header};
use super::places;
use super::stream::Stream;
use crate::error::{Error, Result};
use crate::report::{Obstacle, Unread};
use crate::text::{escape_path, quoted_path};

/// Maximum number of missing shards that are named.
const MAX_MISSING: usize = 100;

/// Streams with the files that they are in.
pub(super) type Streams<'s> = Vec<(&'s Path, &'s Stream)>;

/// Streams whose header could be read, by the list of repositories that they are shards of.
type Lists<'s> = BTreeMap<(&'s str, u64), Vec<(&'s Path, &'s Stream, &'s FleetRun)>>;

/// Fails unless all streams were made by one version, with the same options and policy.
pub(super) fn check_options(streams: &Streams<'_>) -> Result<()> {
    let mut known = streams.iter().filter_map(|(path, stream)| Some((path, stream.header.as_ref()?)));
    let Some((first, one)) = known.next() else { return Ok(()) };
    let options = |header: &Header| {
        let fleet = header.fleet.clone();
        (header.tool_version.clone(), fleet.options, fleet.policy)
    };
    match known.find(|(_, other)| options(other) != options(one)) {
        None => Ok(()),
        Some((path, _)) => Err(Error::usage(format!(
            "{} and {} were made with different options, policies or versions of git-gate",
            escape_path(first),
            escape_path(path)
        ))
        .hinted("scan again with the same ones everywhere; their first lines name them")),
    }
}

/// Returns the number of lists of repositories that the streams are about.
pub(super) fn list_count(streams: &Streams<'_>) -> usize {
    lists(streams).len()
}

/// Describes what is missing: shards, and what unfinished streams have not judged.
pub(super) fn faults(streams: &Streams<'_>) -> Vec<Unread> {
    let mut faults = Vec::new();
    for (path, _) in streams.iter().filter(|(_, stream)| stream.header.is_none()) {
        let why = format!("{} is not finished: it has no header", escape_path(path));
        faults.push(fault("stream", None, why, "run its scan again".to_owned()));
    }
    for (_, shards) in lists(streams) {
        let mut found: HashMap<u64, &Path> = HashMap::new();
        for (path, stream, run) in &shards {
            let other = found.insert(run.shard, path);
            faults.extend(other.map(|other| doubled(run, other, path)));
            faults.extend((!stream.is_finished).then(|| unfinished(run, path, stream)));
        }
        let Some((.., run)) = shards.first() else { continue };
        let by_number: BTreeMap<u64, u64> =
            shards.iter().map(|(.., run)| (run.shard, run.repositories)).collect();
        let held = by_number.values().sum();
        let missing = (1..=run.shards).filter(|number| !found.contains_key(number));
        faults.extend(missing.take(MAX_MISSING).map(|number| absent(run, number, held)));
    }
    faults
}

/// Describes lists whose streams are finished, and yet are not about the repositories of the list.
pub(super) fn foreign<'s>(streams: impl Iterator<Item = (&'s Stream, Vec<&'s str>)>) -> Vec<Unread> {
    let mut lists: BTreeMap<(&str, u64), BTreeSet<&str>> = BTreeMap::new();
    for (stream, ids) in streams {
        if let Some(Header { fleet, .. }) = &stream.header {
            lists.entry((fleet.list.as_str(), fleet.shards)).or_default().extend(ids);
        }
    }
    let foreign = lists.into_iter().filter(|((list, _), ids)| places::digest(ids.iter().copied()) != **list);
    let fault = |_| {
        let why = "the streams are finished, but their repositories are not those of their list".to_owned();
        fault("stream", None, why, "scan again: they were changed after the scan".to_owned())
    };
    foreign.map(fault).collect()
}

/// Describes something that is not an object of a repository and could not be read.
pub(super) fn fault(kind: &'static str, repository: Option<Arc<str>>, why: String, hint: String) -> Unread {
    let (oid, path, commit, obstacle) = (None, BString::default(), None, Obstacle::Unreadable);
    Unread { oid, kind, path, commit, obstacle, why, hint, repository }
}

fn lists<'s>(streams: &Streams<'s>) -> Lists<'s> {
    let mut lists = Lists::new();
    for (path, stream) in streams {
        if let Some(Header { fleet, .. }) = &stream.header {
            lists.entry((fleet.list.as_str(), fleet.shards)).or_default().push((path, stream, fleet));
        }
    }
    lists
}

fn doubled(FleetRun { shard, shards, .. }: &FleetRun, one: &Path, other: &Path) -> Unread {
    let files = format!("{} and {}", escape_path(one), escape_path(other));
    let why = format!("shard {shard}/{shards} is in two files: {files}");
    fault("stream", None, why, "leave one of them out".to_owned())
}

fn unfinished(run: &FleetRun, path: &Path, stream: &Stream) -> Unread {
    let why =
        format!("{} is not finished: it has {} of {}", escape_path(path), stream.judged, run.repositories);
    let hint = format!("run its scan again with `--resume {}` in place of `--output`", quoted_path(path));
    fault("stream", None, why, hint)
}

fn absent(FleetRun { shards, total, .. }: &FleetRun, number: u64, held: u64) -> Unread {
    let why = format!("shard {number}/{shards} is missing: the others have {held} of {total} repositories");
    let hint = format!("scan it with `--shard {number}/{shards}`, and add its stream");
    fault("stream", None, why, hint)
}
