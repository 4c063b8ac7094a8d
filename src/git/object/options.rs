//! Options of libgit2; one of the three modules with unsafe code.

#![expect(unsafe_code, reason = "an option of libgit2 is a global variable; this module sets each one once")]

use std::sync::Once;

/// Size in bytes of the parts of a pack that libgit2 maps into memory. Its default is 1 GiB, so all of it.
const WINDOW: usize = 4 << 20;

/// Maximum size in bytes of all mapped parts of packs that are not in use.
const MAX_WINDOWS: usize = 16 << 20;

/// Extensions of git's repository format that libgit2 refuses (gitrepository-layout(5)).
///
/// The objects and refs of a repository with them are read as in any other: they name the remote of a partial clone,
/// a second hash for the oids, and the place of the repositories of submodules.
const EXTENSIONS: [&str; 3] = ["partialclone", "compatobjectformat", "submodulepathconfig"];

/// Sets the options for the whole program, before the first repository is opened.
///
/// A repository of any owner can be opened: the check of libgit2 differs from that of git. It knows neither
/// `safe.directory` with `/*` nor config from the environment, and checks a repository that `GIT_DIR` names. It would
/// refuse pushes that git accepts. If the [`EXTENSIONS`] cannot be set, libgit2 refuses them, as it does by default.
pub(super) fn set_options() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: libgit2 reads the variables only while it opens a repository or a pack. Every repository is opened
        // after this call, which is made once, and the others wait for it.
        unsafe {
            let _ = git2::opts::set_verify_owner_validation(false);
            let _ = git2::opts::set_mwindow_size(WINDOW);
            let _ = git2::opts::set_mwindow_mapped_limit(MAX_WINDOWS);
            let _ = git2::opts::set_extensions(&EXTENSIONS);
        }
    });
}
