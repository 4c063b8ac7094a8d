//! Keys of a lock file: `owner/repository@reference`.

use crate::workflow::Repository;

/// Action at a reference, as the lock file names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct LockPin {
    /// `owner/repository` in lower case: GitHub compares names without case.
    pub(super) repository: String,
    /// Reference behind the `@`.
    pub(super) reference: String,
}

impl LockPin {
    /// Returns the key under which a lock file has an action; the path in its repository is no part of it.
    pub(super) fn of(repository: &Repository) -> Self {
        Self { repository: repository.name.clone(), reference: repository.reference.as_str().to_owned() }
    }

    /// Parses a key, and the digest behind a `:` that keys of v0.0.1 may have.
    pub(super) fn parse(key: &str, is_first_version: bool) -> Option<(Self, Option<&str>)> {
        let (repository, reference) = key.split_once('@')?;
        let (reference, digest) = match reference.rsplit_once(':') {
            Some((reference, digest)) if is_first_version && oid_of(digest).is_some() => {
                (reference, Some(digest))
            }
            _ => (reference, None),
        };
        let (owner, name) = repository.split_once('/')?;
        let is_whole = [owner, name, reference].iter().all(|part| !part.is_empty());
        let is_known = is_whole && !name.contains('/') && !key.contains("${") && !reference.contains(':');
        let pin = Self { repository: repository.to_ascii_lowercase(), reference: reference.to_owned() };
        is_known.then_some((pin, digest))
    }

    /// Returns the reference if it is a full oid, of SHA-1 or SHA-256.
    pub(super) fn oid(&self) -> Option<&str> {
        let is_oid = matches!(self.reference.len(), 40 | 64) && is_hex(&self.reference);
        is_oid.then_some(self.reference.as_str())
    }
}

/// Returns the digits of a digest such as `sha1-<40 digits>` in lower case; `None` if it is none.
pub(super) fn oid_of(digest: &str) -> Option<String> {
    let (algorithm, digits) = digest.split_once('-')?;
    let len = match algorithm.to_ascii_lowercase().as_str() {
        "sha1" => 40,
        "sha256" => 64,
        _ => return None,
    };
    (digits.len() == len && is_hex(digits)).then(|| digits.to_ascii_lowercase())
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
