//! OpenPGP certificates: a primary key with its user ids and subkeys, and what they say about each other.

use pgp::packet::{Packet, PublicKey, PublicSubkey, Signature, SignatureType, UserId};
use pgp::types::{KeyDetails as _, Tag};

use super::key::{KeyMaterial, SigningKey, Validity, own_fingerprint, weakness};
use super::revocation::Revocation;
use super::statement::{Digest, Statement, earliest};
use super::subpackets::time;
use crate::signature::Fingerprint;
use crate::signature::fault::{SignatureFault, Verified, demand};

/// Reason why a file with a revocation elsewhere is refused.
pub(super) const MISPLACED: &str = "it has a revocation that does not stand below what it revokes: import the parts of the \
     file with `gpg --import`, each from a file of its own and the key first, and export the key again";

/// Maximum number of signatures of a certificate on the list that are verified: a key for a forge has two.
const MAX_SIGNATURES: usize = 500;

/// Certificate, not verified.
#[derive(Debug)]
pub(super) struct Certificate {
    pub(super) primary: PublicKey,
    /// Signatures directly on the primary key.
    direct: Vec<Signature>,
    users: Vec<(UserId, Vec<Signature>)>,
    subkeys: Vec<(PublicSubkey, Vec<Signature>)>,
    /// Set if a part cannot be read, which may be a revocation.
    has_unreadable: bool,
}

/// Packet to which the signatures after it belong.
#[derive(Debug)]
pub(super) enum Owner {
    Primary,
    User,
    Subkey,
    /// A packet that does not count, with its signatures.
    Ignored,
}

impl Owner {
    /// Returns whether a signature may stand below the packet: a revocation only below what it revokes.
    fn takes(&self, signature: &Signature) -> bool {
        match signature.typ() {
            Some(SignatureType::KeyRevocation) => matches!(self, Self::Primary),
            Some(SignatureType::SubkeyRevocation) => matches!(self, Self::Subkey | Self::Ignored),
            Some(SignatureType::CertRevocation) => matches!(self, Self::User | Self::Ignored),
            _ => true,
        }
    }
}

impl Certificate {
    pub(super) fn new(primary: PublicKey) -> Self {
        Self { primary, direct: Vec::new(), users: Vec::new(), subkeys: Vec::new(), has_unreadable: false }
    }

    /// Adds the next packet; `None` if it cannot be read.
    ///
    /// # Errors
    /// Fails when it is a revocation that does not stand below what it revokes: it would revoke nothing.
    pub(super) fn add(&mut self, packet: Option<Packet>, tag: Tag, owner: &mut Owner) -> Verified<()> {
        match packet {
            Some(Packet::UserId(user)) => {
                self.users.push((user, Vec::new()));
                *owner = Owner::User;
            }
            Some(Packet::PublicSubkey(subkey)) => {
                self.subkeys.push((subkey, Vec::new()));
                *owner = Owner::Subkey;
            }
            Some(Packet::Signature(signature)) => {
                demand(owner.takes(&signature), MISPLACED)?;
                let list = match owner {
                    Owner::Primary => Some(&mut self.direct),
                    Owner::User => self.users.last_mut().map(|(_, list)| list),
                    Owner::Subkey => self.subkeys.last_mut().map(|(_, list)| list),
                    Owner::Ignored => None,
                };
                list.into_iter().for_each(|list| list.push(signature.clone()));
            }
            None if tag == Tag::Signature => self.has_unreadable |= !matches!(owner, Owner::Ignored),
            _ if tag == Tag::Trust => {}
            _ => *owner = Owner::Ignored,
        }
        Ok(())
    }

    /// Returns whether a revocation of another key stands below the primary key.
    pub(super) fn has_revocation_of(&self, other: &Self) -> bool {
        self.key_revocations().any(|signature| {
            is_claimed_by(signature, &other.primary) && signature.verify_key(&other.primary).is_ok()
        })
    }

    /// Returns the keys that a list of fingerprints names; a primary key stands for its subkeys too.
    ///
    /// # Errors
    /// Fails when the primary key can vouch for nothing.
    pub(super) fn keys(&self, listed: &[Fingerprint]) -> Verified<Vec<SigningKey>> {
        let named = |fingerprint: &pgp::types::Fingerprint| {
            own_fingerprint(fingerprint).filter(|fingerprint| listed.contains(fingerprint))
        };
        let primary = named(&self.primary.fingerprint());
        let subkeys = self.subkeys.iter().map(|(subkey, _)| named(&subkey.fingerprint()));
        let subkeys: Vec<Option<Fingerprint>> = subkeys.map(|own| own.or(primary)).collect();
        let Some(name) = primary.or_else(|| subkeys.iter().flatten().next().copied()) else {
            return Ok(Vec::new());
        };
        let validity = self
            .primary_validity()
            .map_err(|fault| SignatureFault::new(format!("the key {name} can prove nothing: {fault}")))?;
        let own = primary.map(|listed| SigningKey {
            material: KeyMaterial::Primary(self.primary.clone()),
            listed,
            validity: validity.clone(),
        });
        let others = self.subkeys.iter().zip(subkeys).filter_map(|((subkey, signatures), listed)| {
            Some(SigningKey {
                material: KeyMaterial::Subkey(subkey.clone()),
                listed: listed?,
                validity: self.subkey_validity(subkey, signatures, &validity),
            })
        });
        Ok(own.into_iter().chain(others).collect())
    }

    /// Returns the validity of the primary key.
    ///
    /// # Errors
    /// Fails when it can vouch for nothing, not for its subkeys either.
    fn primary_validity(&self) -> Verified<Validity> {
        if let Some(fault) = weakness(self.primary.public_params()) {
            return Err(fault);
        }
        demand(
            !self.has_unreadable,
            "a signature in its certificate cannot be read (try `gpg --export-options export-minimal`)",
        )?;
        demand(
            self.signature_count() <= MAX_SIGNATURES,
            "its certificate has more than 500 signatures of its own",
        )?;
        let made = u64::from(self.primary.created_at().as_secs());
        let direct = self.direct.iter().filter(|signature| signature.typ() == Some(SignatureType::Key));
        let direct = direct.filter(|signature| signature.verify_key(&self.primary).is_ok());
        let direct = statement(&direct.collect::<Vec<_>>(), made, Digest::Sha1OrBetter)?;
        let users =
            self.users.iter().flat_map(|(user, signatures)| self.own_certifications(user, signatures));
        let certified = statement(&users.collect::<Vec<_>>(), made, Digest::Sha1OrBetter)?;
        let statement = [direct, certified].into_iter().flatten().reduce(Statement::and);
        let statement = statement.ok_or(SignatureFault::new("it says nothing valid about itself"))?;
        Ok(Validity {
            start: made,
            end: statement.end,
            revocations: self.primary_revocations(),
            objection: statement.objection(),
        })
    }

    /// Returns the certifications of a user id by the primary key, without those that it has revoked.
    fn own_certifications<'a>(&self, user: &UserId, signatures: &'a [Signature]) -> Vec<&'a Signature> {
        let own = signatures.iter().filter(|signature| is_claimed_by(signature, &self.primary));
        let own =
            own.filter(|signature| signature.verify_certification(&self.primary, Tag::UserId, user).is_ok());
        let (revocations, own): (Vec<&Signature>, Vec<&Signature>) =
            own.partition(|signature| signature.typ() == Some(SignatureType::CertRevocation));
        let made = |signature: &Signature| time(signature).unwrap_or(u64::MAX);
        let revoked = revocations.into_iter().map(made).max();
        own.into_iter().filter(|signature| revoked.is_none_or(|revoked| made(signature) > revoked)).collect()
    }

    /// Returns the revocations of the primary key, by itself or by another key.
    fn primary_revocations(&self) -> Vec<Revocation> {
        let read =
            |signature: &Signature| Revocation::read(signature, signature.verify_key(&self.primary).is_ok());
        self.key_revocations().map(read).collect()
    }

    fn key_revocations(&self) -> impl Iterator<Item = &Signature> {
        self.direct.iter().filter(|signature| signature.typ() == Some(SignatureType::KeyRevocation))
    }

    /// Returns the validity of a subkey, within that of the primary key.
    fn subkey_validity(
        &self,
        subkey: &PublicSubkey,
        signatures: &[Signature],
        primary: &Validity,
    ) -> Validity {
        let revocations =
            signatures.iter().filter(|signature| signature.typ() == Some(SignatureType::SubkeyRevocation));
        let revocations = revocations.map(|signature| {
            Revocation::read(signature, signature.verify_subkey_binding(&self.primary, subkey).is_ok())
        });
        let made = u64::from(subkey.created_at().as_secs());
        let binding = self.binding(subkey, signatures, made);
        let (end, objection) = match binding {
            Ok(statement) => (statement.end, statement.objection()),
            Err(fault) => (None, Some(fault)),
        };
        Validity {
            start: made.max(primary.start),
            end: earliest(end, primary.end),
            revocations: revocations.chain(primary.revocations.iter().copied()).collect(),
            objection: weakness(subkey.public_params()).or(objection),
        }
    }

    /// Returns the newest statement that binds a subkey to the primary key.
    ///
    /// # Errors
    /// Fails when there is none, or when the subkey does not confirm that it may sign for the primary key.
    fn binding(&self, subkey: &PublicSubkey, signatures: &[Signature], made: u64) -> Verified<Statement> {
        let bindings =
            signatures.iter().filter(|signature| signature.typ() == Some(SignatureType::SubkeyBinding));
        let valid = bindings
            .filter(|signature| signature.verify_subkey_binding(&self.primary, subkey).is_ok())
            .collect::<Vec<_>>();
        let statement = statement(&valid, made, Digest::Sha256OrBetter)?
            .ok_or(SignatureFault::new("its key belongs to no certificate"))?;
        if statement.objection().is_none() {
            let is_confirmed =
                newest(&valid).into_iter().all(|signature| self.is_confirmed(subkey, signature, made));
            demand(is_confirmed, "its key does not confirm that it belongs to its certificate")?;
        }
        Ok(statement)
    }

    /// Returns whether a binding has the signature by which the subkey confirms it.
    fn is_confirmed(&self, subkey: &PublicSubkey, binding: &Signature, made: u64) -> bool {
        let Some(back) = binding.embedded_signature() else { return false };
        back.verify_primary_key_binding(subkey, &self.primary).is_ok()
            && Statement::read(back, made, Digest::Sha256OrBetter).is_ok_and(|back| back.end.is_none())
    }

    /// Returns the number of signatures that may be by the certificate itself.
    fn signature_count(&self) -> usize {
        let lists = self.users.iter().map(|(_, list)| list).chain(self.subkeys.iter().map(|(_, list)| list));
        let all = lists.chain([&self.direct]).flatten();
        all.filter(|signature| is_claimed_by(signature, &self.primary)).count()
    }
}

/// Returns whether a signature says that it is by a key, or does not say by which.
fn is_claimed_by(signature: &Signature, key: &PublicKey) -> bool {
    let (ids, fingerprints) = (signature.issuer_key_id(), signature.issuer_fingerprint());
    ids.is_empty() && fingerprints.is_empty()
        || ids.contains(&&key.legacy_key_id())
        || fingerprints.contains(&&key.fingerprint())
}

/// Reads the newest statement of valid signatures; `None` if there is none.
///
/// # Errors
/// Fails when it cannot be understood or is too weak: an older one may say more than the key still may.
fn statement(signatures: &[&Signature], made: u64, digest: Digest) -> Verified<Option<Statement>> {
    let read = |signature: &Signature| Statement::read(signature, made, digest);
    let statements = newest(signatures).into_iter().map(read).collect::<Verified<Vec<Statement>>>()?;
    Ok(statements.into_iter().reduce(Statement::and))
}

/// Returns the newest of some signatures: several if they are of the same time.
fn newest<'a>(signatures: &[&'a Signature]) -> Vec<&'a Signature> {
    let made = |signature: &Signature| time(signature).unwrap_or(u64::MAX);
    let newest = signatures.iter().map(|signature| made(signature)).max();
    signatures.iter().copied().filter(|signature| Some(made(signature)) == newest).collect()
}

#[cfg(test)]
mod tests;
