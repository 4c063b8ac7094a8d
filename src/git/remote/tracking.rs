//! Remote-tracking refs: the refs in which a fetch keeps those of a remote.

use std::collections::BTreeSet;

use bstr::{BStr, BString, ByteSlice as _};

use super::refspec::FetchRefspec;
use super::remotes::{Remote, Remotes};
use crate::error::{Error, Result};
use crate::git::{Git, Oid};
use crate::text::os_str;

/// Folders in which a user keeps refs. A fetch of a mirror writes there too, but not alone.
pub(super) const LOCAL: [&str; 9] = [
    "refs/heads/",
    "refs/tags/",
    "refs/notes/",
    "refs/stash",
    "refs/bisect/",
    "refs/original/",
    "refs/replace/",
    "refs/rewritten/",
    "refs/worktree/",
];

/// Folder in which a fetch keeps refs unless git config says otherwise.
const DEFAULT: &str = "refs/remotes";

/// Remote-tracking ref with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrackingRef {
    /// Full name.
    pub(crate) refname: BString,
    /// Value.
    pub(crate) oid: Oid,
    /// Names of the remotes whose refs are kept there; empty if no remote is configured for it.
    pub(crate) remotes: Vec<BString>,
    /// True if it is that of the default branch of a remote.
    pub(crate) is_default: bool,
}

impl TrackingRef {
    /// Returns the name as people write it: `origin/main`.
    pub(crate) fn short_name(&self) -> &BStr {
        let name = self.refname.strip_prefix(b"refs/").unwrap_or(&self.refname);
        name.strip_prefix(b"remotes/").unwrap_or(name).as_bstr()
    }
}

/// Relation of a ref to a remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tracking {
    /// A fetch keeps a ref of the remote there.
    Kept,
    /// A fetch would, but a negative refspec takes it out.
    TakenOut,
    /// A fetch from the remote does not touch it.
    Unrelated,
}

impl Remotes {
    /// Returns the remote-tracking refs of all remotes.
    ///
    /// A symbolic ref is none, only what it points to. Refs of `refs/remotes` for which no remote is configured
    /// are among them: those of a remote that was removed, or of another version control system.
    ///
    /// # Errors
    /// Fails if git does not answer.
    pub(crate) fn tracking_refs(&self) -> Result<Vec<TrackingRef>> {
        let refspecs = self.list().iter().flat_map(|remote| &remote.fetch);
        let folders = refspecs.filter_map(|refspec| match refspec {
            FetchRefspec::Kept { destination, .. } => Some(destination.folder()),
            FetchRefspec::Negative(_) => None,
        });
        let folders: BTreeSet<&BStr> = folders.chain([BStr::new(DEFAULT)]).collect();
        let git = Git::new("for-each-ref").args(["--format=%(objectname) %(symref) %(refname)", "--"]);
        let output = git.args(folders.into_iter().map(|folder| os_str(folder))).output()?;
        self.parse_refs(&output).ok_or_else(|| Error::git("unexpected output of `git for-each-ref`"))
    }

    fn parse_refs(&self, output: &[u8]) -> Option<Vec<TrackingRef>> {
        let (mut refs, mut targets) = (Vec::new(), BTreeSet::new());
        for line in output.lines() {
            let [hex, target, refname] = line.splitn_str(3, " ").collect::<Vec<_>>().try_into().ok()?;
            let oid = Oid::from_hex(hex)?;
            if !target.is_empty() {
                targets.extend(refname.ends_with(b"/HEAD").then_some(target));
            } else {
                refs.extend(self.tracking_ref(refname.as_bstr(), oid));
            }
        }
        for tracking in &mut refs {
            tracking.is_default = targets.contains(tracking.refname.as_slice());
        }
        Some(refs)
    }

    /// Returns a ref as a remote-tracking ref; `None` if it is none.
    fn tracking_ref(&self, refname: &BStr, oid: Oid) -> Option<TrackingRef> {
        if LOCAL.iter().any(|folder| refname.starts_with(folder.as_bytes())) {
            return None;
        }
        let related = self.list().iter().map(|remote| (remote, remote.tracking(refname)));
        let related: Vec<_> = related.filter(|(_, tracking)| *tracking != Tracking::Unrelated).collect();
        let kept = related.iter().filter(|(_, tracking)| *tracking == Tracking::Kept);
        let remotes: Vec<BString> = kept.map(|(remote, _)| remote.name.clone()).collect();
        let is_left_over = related.is_empty() && refname.starts_with(b"refs/remotes/");
        (is_left_over || !remotes.is_empty()).then(|| TrackingRef {
            refname: refname.to_owned(),
            oid,
            remotes,
            is_default: false,
        })
    }
}

impl Remote {
    /// Returns whether a fetch keeps refs of the remote at all.
    pub(crate) fn keeps_refs(&self) -> bool {
        self.fetch.iter().any(|refspec| matches!(refspec, FetchRefspec::Kept { .. }))
    }

    fn tracking(&self, refname: &BStr) -> Tracking {
        let mut tracking = Tracking::Unrelated;
        for refspec in &self.fetch {
            let FetchRefspec::Kept { source, destination } = refspec else { continue };
            let Some(text) = destination.captured(refname) else { continue };
            if !self.takes_out(source.filled(text).as_bstr()) {
                return Tracking::Kept;
            }
            tracking = Tracking::TakenOut;
        }
        tracking
    }

    fn takes_out(&self, source: &BStr) -> bool {
        self.fetch.iter().any(|refspec| match refspec {
            FetchRefspec::Negative(pattern) => pattern.captured(source).is_some(),
            FetchRefspec::Kept { .. } => false,
        })
    }
}
