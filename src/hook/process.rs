//! Processes above this one, where the system shows them in files: Linux does (proc_pid_stat(5)).

use std::path::Path;

use bstr::ByteSlice as _;

use crate::platform;

/// Name of this process among the others.
pub(super) const SELF: &str = "self";

/// Returns the processes above this one, the nearest first.
pub(super) fn above() -> impl Iterator<Item = String> {
    std::iter::successors(parent_of(SELF), |process| parent_of(process))
}

/// Returns the words of the command of a process, each with a null byte after it; empty if the system does not tell.
pub(super) fn command_of(process: &str) -> Vec<u8> {
    file(process, "cmdline").unwrap_or_default()
}

/// Returns the process that started a process, where the system tells it.
pub(super) fn parent_of(process: &str) -> Option<String> {
    parent(&file(process, "stat")?)
}

/// Reads a file about a process.
fn file(process: &str, name: &str) -> Option<Vec<u8>> {
    std::fs::read(Path::new(platform::PROCESSES?).join(process).join(name)).ok()
}

/// Reads the parent of a process: the second field behind the name, which is in brackets and may contain anything.
fn parent(stat: &[u8]) -> Option<String> {
    let (_, fields) = stat.rsplit_once_str(") ")?;
    fields.fields().nth(1)?.to_str().ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parent_is_read_behind_any_name() {
        assert_eq!(parent(b"12 (a) b) S 34 12 12 0"), Some("34".to_owned()));
        for stat in ["12 (a) S", "", "12 (a"] {
            assert_eq!(parent(stat.as_bytes()), None, "{stat}");
        }
    }

    #[test]
    fn parents_are_found_where_the_system_tells_them() {
        let expected = Some(platform::for_tests::parent());
        assert!(parent_of(SELF).is_none_or(|parent| Some(parent) == expected));
        assert_eq!(parent_of("none"), None);
    }
}
