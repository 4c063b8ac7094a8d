//! Log of the objects that are read, for tests that count them. Release builds log nothing.

use super::Oid;

/// Does nothing in a release build.
#[cfg(not(debug_assertions))]
pub(super) fn note(_: Oid) {}

/// Appends an object to the log file, if a test has named one.
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
        // A single write per line, because several threads may log.
        let _ = log.write_all(format!("{oid}\n").as_bytes());
    }
}
