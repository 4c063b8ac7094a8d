//! Keys whose signature counts in the place of a sign-off, read from their files.

use std::path::Path;

use bstr::ByteSlice as _;

use super::load::relative_to;
use super::trust::{self, MAX_POLICY, Origin};
use crate::error::{Error, Result};
use crate::platform;
use crate::signature::KeyRing;
use crate::signoff::settings::{Proof, ProofNeeds, ProvenAuthors};
use crate::text::escape_path;

/// Entry of `sign-off.proven`, with its keys.
#[derive(Debug)]
pub(crate) struct LoadedProof {
    /// Keys that count.
    pub(crate) keys: KeyRing,
    /// Authors of the commits.
    pub(crate) authors: ProvenAuthors,
    /// Sign-off that the commit itself needs.
    pub(crate) needs: ProofNeeds,
    /// Reason, shown whenever the proof applies.
    pub(crate) reason: String,
}

impl LoadedProof {
    /// Reads the keys of an entry, which a policy file sets.
    ///
    /// # Errors
    /// Fails when the file cannot be read or is not trusted, as a policy file, and when it lacks one of the keys, or has
    /// one several times, or one is not for signatures. A key that is revoked or has expired is read.
    pub(super) fn read(proof: &Proof, policy_file: &Path, origin: Origin<'_>) -> Result<Self> {
        let path = relative_to(policy_file, &proof.keys);
        let named = |error: Error| match trust::read_file(policy_file, origin, MAX_POLICY) {
            Ok(policy) => named_on_line(error, &policy, policy_file, &proof.keys),
            Err(_) => error,
        };
        let text = trust::read_file(&path, origin, MAX_POLICY).map_err(named)?;
        let keys = KeyRing::read(&text, &proof.fingerprints).map_err(|fault| {
            let useless = Error::policy(format!("the keys in {} prove nothing", escape_path(&path)));
            named(useless.caused_by(fault.to_string()))
        })?;
        let Proof { authors, needs, reason, .. } = proof.clone();
        Ok(Self { keys, authors, needs, reason })
    }
}

/// Adds the place in the policy that names a file of keys, if it is found.
fn named_on_line(error: Error, policy: &[u8], policy_file: &Path, keys: &Path) -> Error {
    let name = platform::bytes_of(keys);
    let names_it = |line: &[u8]| {
        line.split_once_str("keys:").is_some_and(|(_, value)| {
            let value = value.trim_start_with(|c| c == ' ' || c == '"' || c == '\'');
            let end = value.strip_prefix(name).map(|rest| rest.first().copied());
            end.is_some_and(|end| end.is_none_or(|byte| b" ,}\"'#\r".contains(&byte)))
        })
    };
    match policy.lines().position(names_it) {
        Some(at) => {
            let place = format!("{}:{}", escape_path(policy_file), at + 1);
            error.hinted(format!(
                "`sign-off.proven` at {place} names this file: correct the file or the entry"
            ))
        }
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_that_names_the_keys_is_found() {
        for (policy, line) in [
            ("sign-off:\n  proven:\n    - keys: k.asc\n", Some(3)),
            ("a:\n- {reason: r, keys: \"k.asc\", x: y}", Some(2)),
            ("- keys: k.asc2\n- keys: 'k.asc' # the forge\n", Some(2)),
            ("keys: other.asc\n", None),
        ] {
            let error =
                named_on_line(Error::policy("x"), policy.as_bytes(), Path::new("p.yml"), Path::new("k.asc"));
            let place = |line: i32| {
                format!("`sign-off.proven` at p.yml:{line} names this file: correct the file or the entry")
            };
            assert_eq!(error.hints(), Vec::from_iter(line.map(place)), "{policy}");
        }
    }
}
