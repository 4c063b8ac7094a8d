//! Signatures that count in the place of sign-offs, and the remarks about them.

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::Result;
use crate::git::{Commit, Repo};
use crate::parallel::lock;
use crate::policy::{LoadedProof, Policy};
use crate::report::{AppliedProof, Level, LevelSource, ProofTally};
use crate::rules;
use crate::signature::{Circumstances, Fingerprint, SignedCommit};
use crate::signoff::settings::ProofNeeds;
use crate::signoff::{Assessment, Identity};
use crate::text::{counted, escape};
use crate::token::redact_message;

/// Number of signatures that are verified if the policy sets no other: about a minute of one core.
const MAX_SIGNATURES: u64 = 50_000;

/// Proofs of the policy, applied to the commits of a push to which the same levels apply.
pub(super) struct Proofs {
    policy: Policy,
    proofs: Arc<[LoadedProof]>,
    /// Time of the check, in seconds since 1970.
    now: u64,
    tally: Mutex<ProofTally>,
}

/// Commit whose signature may prove it.
struct Candidate<'a> {
    repo: &'a Repo,
    commit: &'a Commit,
    signed: SignedCommit,
    assessment: &'a Assessment,
}

/// Outcome of the search for a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ProofOutcome {
    /// No proof is needed or possible.
    NotSought,
    /// The signature counts in the place of a sign-off.
    Proven,
    /// The signature does not count, for the reason in this note.
    Failed(String),
}

impl Proofs {
    pub(super) fn new(policy: &Policy) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            policy: policy.clone(),
            proofs: Arc::clone(&policy.proven),
            now: now.as_secs(),
            tally: Mutex::default(),
        }
    }

    /// Seeks a proof for a commit that is refused for its sign-off, and counts it for the remarks.
    ///
    /// # Errors
    /// Fails when the commit cannot be read.
    pub(super) fn judge(
        &self,
        repo: &Repo,
        commit: &Commit,
        assessment: &Assessment,
    ) -> Result<ProofOutcome> {
        if self.proofs.is_empty() || !self.is_refused(assessment) {
            return Ok(ProofOutcome::NotSought);
        }
        let object = repo.store().read(commit.oid)?;
        let signed = match SignedCommit::read(&object.data, commit.oid.hex_len() == 64) {
            Ok(Some(signed)) => signed,
            Ok(None) => return Ok(ProofOutcome::NotSought),
            Err(fault) => return Ok(ProofOutcome::Failed(format!("its signature proves nothing: {fault}"))),
        };
        if !is_read_alike(commit, &signed.payload) {
            let note = "its signature proves nothing: git reads another commit than the one that was signed";
            return Ok(ProofOutcome::Failed(note.to_owned()));
        }
        Ok(self.seek(&Candidate { repo, commit, signed, assessment }))
    }

    /// Seeks an entry of the policy that accepts the signature.
    ///
    /// Of the entries that do not, the first one for the author says why.
    fn seek(&self, candidate: &Candidate<'_>) -> ProofOutcome {
        let signer = candidate.signed.signer();
        let author = candidate.assessment.author.as_ref().map(|author| author.email.as_slice());
        let named: Vec<&LoadedProof> =
            self.proofs.iter().filter(|proof| proof.keys.has_signer(&candidate.signed)).collect();
        if named.is_empty() {
            return ProofOutcome::Failed(format!("signed by {signer}, which the policy does not name"));
        }
        let mut note = None;
        for proof in named.into_iter().filter(|proof| proof.authors.include(author, proof.needs)) {
            let tried = match objection(proof, candidate.assessment) {
                Some(objection) => Err(format!("signed by {signer}, {objection}")),
                None => self.verify(proof, candidate),
            };
            match tried {
                Ok(key) => {
                    let reason = escape(proof.reason.as_bytes());
                    let applied = AppliedProof { key: key.to_string(), reason };
                    lock(&self.tally).applied.entry(applied).or_default().insert(candidate.commit.oid);
                    return ProofOutcome::Proven;
                }
                Err(other) => note = note.or(Some(other)),
            }
        }
        ProofOutcome::Failed(
            note.unwrap_or_else(|| format!("signed by {signer}, which proves nothing for this author")),
        )
    }

    /// Verifies a signature if the limit allows it.
    fn verify(
        &self,
        proof: &LoadedProof,
        candidate: &Candidate<'_>,
    ) -> std::result::Result<Fingerprint, String> {
        let Candidate { repo, commit, signed, assessment } = candidate;
        if !repo.work().may_verify(commit.oid, limit(&self.policy)) {
            lock(&self.tally).unverified.insert(commit.oid);
            return Err("its signature was not verified: there are too many".to_owned());
        }
        let circumstances = Circumstances {
            committed: commit.date(),
            committer: assessment.committer.as_ref().map_or(&[], |committer| committer.email.as_slice()),
            now: self.now,
        };
        let verified = proof.keys.verify(signed, circumstances);
        verified.map_err(|fault| format!("its signature by {} proves nothing: {fault}", signed.signer()))
    }

    /// Returns whether the policy refuses a commit for its sign-off, or would if it did not only warn.
    fn is_refused(&self, assessment: &Assessment) -> bool {
        let rule = assessment.certification.rule_id().and_then(rules::find);
        rule.is_some_and(|rule| {
            matches!(self.policy.level(rule), (Level::Deny, _) | (Level::Warn, LevelSource::WarnOnly(_)))
        })
    }

    /// Returns the commits that were proven, and those whose signature was not verified.
    pub(super) fn tally(&self) -> ProofTally {
        lock(&self.tally).clone()
    }
}

/// Returns a remark for each key and reason, with the number of commits, and one if there were too many.
pub(in crate::judge) fn remarks(proofs: &ProofTally, policy: &Policy) -> Vec<String> {
    let proven = proofs.applied.iter().map(|(proof, commits)| {
        let AppliedProof { key, reason } = proof;
        let commits = counted(commits.len(), "commit is", "commits are");
        redact_message(format!("{commits} proven by the key {key}: {reason}"))
    });
    let (limit, left) = (limit(policy), proofs.unverified.len());
    let verified = counted(limit, "signature was", "signatures were");
    let too_many = (left > 0)
        .then(|| format!("{verified} verified, and {left} not (`limits.signatures` in the policy)"));
    proven.chain(too_many).collect()
}

/// Returns the number of commits of a push whose signatures are verified.
fn limit(policy: &Policy) -> u64 {
    policy.limits.signatures.map_or(MAX_SIGNATURES, Into::into)
}

/// Returns whether git reads the same in a commit as in the bytes that were signed, but for the signature itself.
fn is_read_alike(commit: &Commit, signed: &[u8]) -> bool {
    let Ok(mut read) = Commit::parse(commit.oid, signed) else { return false };
    read.text.has_signature = commit.text.has_signature;
    read == *commit
}

/// Returns what an entry of the policy demands of a commit beside its signature; `None` if the commit has it.
fn objection(proof: &LoadedProof, assessment: &Assessment) -> Option<&'static str> {
    let author = assessment.author.as_ref();
    let has = |author: Option<&Identity>| assessment.certification.has_signoff(author);
    match proof.needs {
        ProofNeeds::Nothing => None,
        ProofNeeds::AnySignoff => (!has(None)).then_some("which counts only beside a sign-off"),
        ProofNeeds::RelatedSignoff => (author.is_none() || !has(author)).then_some(
            "which counts only beside a sign-off with the name, the login or the mailbox of the author",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Oid;

    /// Git may have read the part that is cut out with the signature for the other hash.
    #[test]
    fn commit_is_read_as_it_was_signed() {
        let oid = Oid::from_hex(b"11bd71901bbe5b1630ceea73d27597364c9af683").unwrap();
        for (value, is_alike) in [("x", true), ("x\0", false)] {
            let head = format!("tree {oid}\nauthor A <a@x.test> 1 +0000\ncommitter C <c@x.test> 1 +0000\n");
            let armor = "-----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----";
            let object = format!("{head}gpgsig {armor}\ngpgsig-sha256 {value}\n\nm\n");
            let payload = format!("{head}\nm\n").into_bytes();
            let commit = Commit::parse(oid, object.as_bytes()).unwrap();
            assert_eq!(is_read_alike(&commit, &payload), is_alike, "{value:?}");
        }
    }
}
