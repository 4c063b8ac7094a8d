//! Owner check of libgit2, which is off; one of the two modules with unsafe code.

#![expect(unsafe_code, reason = "the option of libgit2 is a global variable; this module sets it once")]

use std::sync::Once;

/// Lets libgit2 open a repository of any owner.
///
/// Its check differs from that of git: it knows neither `safe.directory` with `/*` nor config from the
/// environment, and checks a repository that `GIT_DIR` names. It would refuse pushes that git accepts.
pub(super) fn allow_every_owner() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: libgit2 reads the variable only while it opens a repository. Every repository is opened after
        // this call, which is made once, and the others wait for it. It cannot fail.
        let _ = unsafe { git2::opts::set_verify_owner_validation(false) };
    });
}
