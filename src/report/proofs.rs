//! Commits that the signature of a key proves.

use std::collections::BTreeMap;

use crate::git::OidSet;

/// Signature of a key that counted in the place of a sign-off.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AppliedProof {
    /// Fingerprint of the key.
    pub key: String,
    /// Reason of the policy, escaped.
    pub reason: String,
}

/// Signatures of commits that counted, and those that were not verified.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProofTally {
    /// Commits that each proof settled.
    pub applied: BTreeMap<AppliedProof, OidSet>,
    /// Commits whose signature was not verified, because there were too many.
    pub unverified: OidSet,
}

impl ProofTally {
    /// Adds another tally; a commit that both have counts once.
    pub(crate) fn merge(&mut self, other: Self) {
        for (proof, commits) in other.applied {
            self.applied.entry(proof).or_default().extend(commits);
        }
        self.unverified.extend(other.unverified);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Oid;

    #[test]
    fn commit_of_two_tallies_counts_once() {
        let oid = |digit: u8| Oid::from_hex(&[digit; 40]).unwrap();
        let proof = |key: &str| AppliedProof { key: key.to_owned(), reason: "r".to_owned() };
        let tally = |key: &str, digits: &[u8]| ProofTally {
            applied: BTreeMap::from([(proof(key), digits.iter().map(|digit| oid(*digit)).collect())]),
            unverified: OidSet::from_iter([oid(b'9')]),
        };
        let mut sum = tally("a", b"12");
        sum.merge(tally("a", b"23"));
        sum.merge(tally("b", b"1"));
        let counts: Vec<usize> = sum.applied.values().map(OidSet::len).collect();
        assert_eq!((counts.as_slice(), sum.unverified.len()), (&[3, 1][..], 1));
    }
}
