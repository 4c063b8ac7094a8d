//! Setting `proven`: keys whose signature of a commit counts in the place of the sign-off that its author owes.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::Error as _;

use super::AuthorAddresses;
use crate::signature::Fingerprint;

/// Keys of one file, and the commits for which their signature counts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "WrittenProof")]
#[schemars(with = "WrittenProof")]
pub(crate) struct Proof {
    /// File of the keys; the path is relative to the file that names it.
    pub(crate) keys: PathBuf,
    /// Fingerprints of the keys in the file that count.
    pub(crate) fingerprints: Vec<Fingerprint>,
    /// Authors of the commits.
    pub(crate) authors: ProvenAuthors,
    /// Sign-off that the commit itself needs.
    pub(crate) needs: ProofNeeds,
    /// Reason, shown whenever the proof applies.
    pub(crate) reason: String,
}

/// Authors of commits that a signature can prove.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum ProvenAuthors {
    /// Everyone.
    #[schemars(extend("type" = "string", "const" = "any"))]
    Any,
    /// Authors with one of these addresses.
    Listed(AuthorAddresses),
}

/// Sign-off that a commit needs besides its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ProofNeeds {
    /// Nothing.
    Nothing,
    /// A sign-off with the author's name, login or mailbox.
    RelatedSignoff,
    /// A sign-off by anyone who can sign.
    AnySignoff,
}

impl ProvenAuthors {
    /// Returns whether an author with an address is among them; no one is if the address is unreadable.
    ///
    /// If a commit needs to say nothing, a number that is listed with an address has to be that of the account: the name
    /// may be another account's by now.
    pub(crate) fn include(&self, email: Option<&[u8]>, needs: ProofNeeds) -> bool {
        match (self, email) {
            (Self::Any, _) => true,
            (Self::Listed(_), None) => false,
            (Self::Listed(addresses), Some(email)) if needs == ProofNeeds::Nothing => {
                addresses.contains_with_number(email)
            }
            (Self::Listed(addresses), Some(email)) => addresses.contains(email),
        }
    }
}

/// Keys of one file, and the commits for which their signature counts in the place of a sign-off.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("not" = {"properties": {"authors": {"const": "any"}, "needs": {"const": "nothing"}}}))]
struct WrittenProof {
    /// File of the keys: OpenPGP certificates, or SSH allowed signers. The path is relative to the file that names it.
    keys: PathBuf,
    /// Fingerprints of the keys in the file that count.
    #[schemars(length(min = 1))]
    fingerprints: Vec<Fingerprint>,
    /// Authors of the commits: `any`, or a list of addresses.
    authors: ProvenAuthors,
    /// Sign-off that the commit itself needs.
    needs: ProofNeeds,
    /// Reason, shown whenever the proof applies.
    reason: String,
}

impl TryFrom<WrittenProof> for Proof {
    type Error = &'static str;

    fn try_from(written: WrittenProof) -> Result<Self, Self::Error> {
        let WrittenProof { keys, fingerprints, authors, needs, reason } = written;
        if fingerprints.is_empty() {
            return Err("`proven` needs the fingerprints of the keys that count");
        }
        if authors == ProvenAuthors::Any && needs == ProofNeeds::Nothing {
            return Err(
                "`authors: any` goes with `related-signoff` or `any-signoff`: with `needs: nothing` \
                 nobody would have to sign off",
            );
        }
        Ok(Self { keys, fingerprints, authors, needs, reason })
    }
}

impl<'de> Deserialize<'de> for ProvenAuthors {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Word(String),
            List(AuthorAddresses),
        }
        match Written::deserialize(deserializer) {
            Ok(Written::Word(word)) if word == "any" => Ok(Self::Any),
            Ok(Written::List(addresses)) => Ok(Self::Listed(addresses)),
            _ => Err(D::Error::custom("`authors` is `any` or a list of addresses, without names")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &str = "keys: k.asc, fingerprints: [968479A1AFF927E37D1A566BB5690EEEBB952194]";

    fn parse(rest: &str) -> Result<Proof, serde_yaml::Error> {
        serde_yaml::from_str(&format!("{{{KEYS}, reason: r, {rest}}}"))
    }

    #[test]
    fn authors_are_all_or_listed_by_address() {
        let proof = parse("authors: any, needs: any-signoff").unwrap();
        assert!(proof.authors.include(None, proof.needs) && proof.needs == ProofNeeds::AnySignoff);
        let authors =
            parse("authors: ['1+Bot[bot]@users.noreply.github.com'], needs: nothing").unwrap().authors;
        for (email, of_nothing, of_signoff) in [
            (Some(&b"1+bot[bot]@users.noreply.github.com"[..]), true, true),
            (Some(b"2+bot[bot]@users.noreply.github.com"), false, false),
            (Some(b"bot[bot]@users.noreply.github.com"), false, true),
            (Some(b"1+bot@users.noreply.github.com"), false, false),
            (None, false, false),
        ] {
            assert_eq!(authors.include(email, ProofNeeds::Nothing), of_nothing, "{email:?}");
            assert_eq!(authors.include(email, ProofNeeds::AnySignoff), of_signoff, "{email:?}");
        }
        assert_eq!(parse("authors: any, needs: related-signoff").unwrap().needs, ProofNeeds::RelatedSignoff);
    }

    #[test]
    fn entries_that_say_too_little_are_refused() {
        for rest in [
            "authors: any, needs: nothing",
            "authors: [any], needs: any-signoff",
            "authors: all, needs: any-signoff",
            "authors: [], needs: nothing",
            "authors: [Ana <ana@x.test>], needs: nothing",
            "authors: [a@x.test]",
            "authors: [a@x.test], needs: signoff",
            "needs: any-signoff",
            "authors: any, needs: any-signoff, pusher: x",
        ] {
            assert!(parse(rest).is_err(), "{rest}");
        }
        for keys in ["keys: k, fingerprints: []", "keys: k, fingerprints: [B5690EEEBB952194]", "keys: k"] {
            let text = format!("{{{keys}, authors: any, needs: any-signoff, reason: r}}");
            assert!(serde_yaml::from_str::<Proof>(&text).is_err(), "{text}");
        }
    }
}
