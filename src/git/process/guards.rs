//! Guards of every git that is started: the repository at hand decides neither what runs nor what is found.
//!
//! A repository may come from anyone, in an archive or in a folder of a CI job, with its config, hooks and
//! attributes. Many keys of git config name a program.
//!
//! Other programs are out of reach of the commands that are used here, which only answer questions. Filters,
//! merge drivers, `textconv` and external diffs need file contents. Editors, signing and hooks need a commit,
//! a checkout or a changed ref.

use crate::platform;

/// Keys of git config, as `key=value`. They override every file.
pub(super) const CONFIG: [&str; 2] = [
    NO_FSMONITOR,
    // Only a bare repository that the user names, or works in, is asked. Its config starts no program here,
    // which is the danger from which this setting protects.
    "safe.bareRepository=all",
];

/// Starts no file system monitor: a program that git runs when it reads the index.
pub(super) const NO_FSMONITOR: &str = "core.fsmonitor=false";

/// [`CONFIG`] for a walk, which reads each commit itself, not the copy of its parents in a commit-graph.
pub(super) const WALK_CONFIG: [&str; 3] = [CONFIG[0], CONFIG[1], "core.commitGraph=false"];

/// Variables that git gets in its environment.
pub(super) const ENVIRONMENT: [(&str, &str); 8] = [
    // A replace ref shows another object than the pushed one, and a graft shows other parents. git warns of a
    // file of grafts that exists.
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_GRAFT_FILE", platform::NO_FILE),
    // A missing object of a partial clone is missing. Older gits ignore the first variable. They fail to fetch
    // then, because no protocol has this name: neither `ext::<program>`, nor ssh, nor a remote helper, nor
    // anything that needs a password.
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", "none"),
    // The index is not refreshed on disk.
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_PAGER", "cat"),
    // Some messages are parsed.
    ("LC_ALL", "C"),
];

/// Size from which git does not load a blob that it writes to a pipe.
pub(super) const STREAM_LARGE: &str = "core.bigFileThreshold=16m";
