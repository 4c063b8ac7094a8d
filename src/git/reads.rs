//! Which objects are read, for tests that count them. A release writes nothing, and does not even ask where to.

use super::Oid;

/// Notes that an object is read.
#[cfg(not(debug_assertions))]
pub(super) fn note(_: Oid) {}

/// Notes that an object is read, in the file that a test has named.
#[cfg(debug_assertions)]
pub(super) fn note(oid: Oid) {
    use std::fs::File;
    use std::io::Write as _;
    use std::sync::OnceLock;

    static LOG: OnceLock<Option<File>> = OnceLock::new();
    let open = || {
        let path = crate::env::list_of_reads()?;
        File::options().append(true).create(true).open(path).ok()
    };
    if let Some(mut log) = LOG.get_or_init(open).as_ref() {
        // One write of one line: several threads may read.
        let _ = log.write_all(format!("{oid}\n").as_bytes());
    }
}
