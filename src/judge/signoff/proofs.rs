//! Signatures that count in the place of sign-offs, and the remarks about them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::Result;
use crate::git::{Commit, Repo};
use crate::parallel::lock;
use crate::policy::{LoadedProof, Policy};
use crate::report::{AppliedProof, Level, LevelSource};
use crate::rules;
use crate::signature::{Circumstances, Fingerprint, SignedCommit};
use crate::signoff::settings::ProofNeeds;
use crate::signoff::{Assessment, Identity};
use crate::text::escape;

/// Number of signatures that are verified if the policy sets no other: about a minute of one core.
const MAX_SIGNATURES: u64 = 50_000;

/// Proofs of the policy, applied to the commits of a push.
pub(super) struct Proofs {
    policy: Policy,
    proofs: Arc<[LoadedProof]>,
    limit: u64,
    /// Time of the check, in seconds since 1970.
    now: u64,
    /// Number of signatures that were to be verified.
    sought: AtomicU64,
    /// Number of commits for each key and reason.
    applied: Mutex<BTreeMap<(Fingerprint, String), usize>>,
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
            limit: policy.limits.signatures.map_or(MAX_SIGNATURES, Into::into),
            now: now.as_secs(),
            sought: AtomicU64::new(0),
            applied: Mutex::default(),
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
        let circumstances = Circumstances {
            committed: commit.date(),
            committer: assessment.committer.as_ref().map_or(&[], |committer| committer.email.as_slice()),
            now: self.now,
        };
        Ok(self.seek(&signed, circumstances, assessment))
    }

    /// Seeks an entry of the policy that accepts the signature.
    fn seek(
        &self,
        signed: &SignedCommit,
        circumstances: Circumstances<'_>,
        assessment: &Assessment,
    ) -> ProofOutcome {
        let mut note = None;
        for proof in self.proofs.iter().filter(|proof| proof.keys.has_signer(signed)) {
            let tried = match objection(proof, assessment) {
                Some(objection) => Err(format!("signed by {}, {objection}", signed.signer())),
                None => self.verify(proof, signed, circumstances),
            };
            match tried {
                Ok(key) => {
                    let reason = escape(proof.reason.as_bytes());
                    *lock(&self.applied).entry((key, reason)).or_default() += 1;
                    return ProofOutcome::Proven;
                }
                Err(other) => note = note.or(Some(other)),
            }
        }
        ProofOutcome::Failed(
            note.unwrap_or_else(|| format!("signed by {}, which the policy does not name", signed.signer())),
        )
    }

    /// Verifies a signature if the limit allows it.
    fn verify(
        &self,
        proof: &LoadedProof,
        signed: &SignedCommit,
        circumstances: Circumstances<'_>,
    ) -> std::result::Result<Fingerprint, String> {
        if self.sought.fetch_add(1, Ordering::Relaxed) >= self.limit {
            return Err("its signature was not verified: there are too many".to_owned());
        }
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

    /// Returns a remark for each key and reason, with the number of commits, and one if there were too many.
    pub(super) fn remarks(&self) -> Vec<String> {
        let say = |proof: AppliedProof| {
            let AppliedProof { key, reason, commits } = proof;
            let commits =
                if commits == 1 { "1 commit is".to_owned() } else { format!("{commits} commits are") };
            format!("{commits} proven by the key {key}: {reason}")
        };
        let left = self.sought.load(Ordering::Relaxed).saturating_sub(self.limit);
        let limit = self.limit;
        let too_many = (left > 0).then(|| {
            format!("{limit} signatures were verified, and {left} not (`limits.signatures` in the policy)")
        });
        self.applied().into_iter().map(say).chain(too_many).collect()
    }

    /// Returns the keys that proved commits.
    pub(super) fn applied(&self) -> Vec<AppliedProof> {
        let applied = lock(&self.applied);
        let proofs = applied.iter().map(|((key, reason), commits)| AppliedProof {
            key: key.to_string(),
            reason: reason.clone(),
            commits: *commits,
        });
        proofs.collect()
    }
}

/// Returns the reason why an entry of the policy is not for a commit; `None` if it is.
fn objection(proof: &LoadedProof, assessment: &Assessment) -> Option<&'static str> {
    let author = assessment.author.as_ref();
    if !proof.authors.include(author.map(|author| author.email.as_slice()), proof.needs) {
        return Some("which proves nothing for this author");
    }
    let has = |author: Option<&Identity>| assessment.certification.has_signoff(author);
    match proof.needs {
        ProofNeeds::Nothing => None,
        ProofNeeds::AnySignoff => (!has(None)).then_some("which counts only beside a sign-off"),
        ProofNeeds::RelatedSignoff => (author.is_none() || !has(author)).then_some(
            "which counts only beside a sign-off with the name, the login or the mailbox of the author",
        ),
    }
}
