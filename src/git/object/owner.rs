//! Owner check of libgit2, which is off, and extensions that it accepts; one of the two modules with unsafe code.

#![expect(unsafe_code, reason = "the options of libgit2 are global variables; this module sets them once")]

use std::sync::Once;

/// Extensions of git's repository format that libgit2 refuses (gitrepository-layout(5)).
///
/// The objects and refs of a repository with them are read as in any other: they name the remote of a partial clone,
/// a second hash for the oids, and the place of the repositories of submodules.
const EXTENSIONS: [&str; 3] = ["partialclone", "compatobjectformat", "submodulepathconfig"];

/// Lets libgit2 open a repository of any owner, and with the [`EXTENSIONS`].
///
/// Its check of the owner differs from that of git: it knows neither `safe.directory` with `/*` nor config from the
/// environment, and checks a repository that `GIT_DIR` names. It would refuse pushes that git accepts.
pub(super) fn allow_what_git_allows() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: libgit2 reads the variables only while it opens a repository. Every repository is opened after
        // this call, which is made once, and the others wait for it. It cannot fail.
        let _ = unsafe { git2::opts::set_verify_owner_validation(false) };
        // SAFETY: as above. If it fails, libgit2 refuses what it does not know, as it does by default.
        let _ = unsafe { git2::opts::set_extensions(&EXTENSIONS) };
    });
}
