//! Certificates that `gpg` does not make.

use pgp::packet::SubpacketData::{KeyExpirationTime, SignatureExpirationTime};
use pgp::packet::{RevocationCode, SignatureType, Subpacket, SubpacketData};
use pgp::types::{Duration, Password, SignatureBytes};

use super::super::made_keys::{
    MADE, binding, certification, config, direct, may_sign, primary, subkey, user,
};
use super::*;

/// Returns the certificate of key 1, made of packets.
fn certificate(packets: Vec<(Option<Packet>, Tag)>) -> Certificate {
    let mut certificate = Certificate::new(primary(1).public_key().clone());
    let mut owner = Owner::Primary;
    for (packet, tag) in packets {
        certificate.add(packet, tag, &mut owner).unwrap();
    }
    certificate
}

fn signature(signature: Signature) -> (Option<Packet>, Tag) {
    (Some(signature.into()), Tag::Signature)
}

fn named(name: &str) -> (Option<Packet>, Tag) {
    (Some(user(name).into()), Tag::UserId)
}

fn unreadable(tag: Tag) -> (Option<Packet>, Tag) {
    (None, tag)
}

/// Returns the certification of `Ana` by key 1 at a time.
fn own(made: u32) -> (Option<Packet>, Tag) {
    let key = primary(1);
    let config = config(SignatureType::CertPositive, key.public_key(), made, [may_sign()]);
    signature(certification(config, &key, &key, &user("Ana")))
}

/// Returns the validity of the first key of a certificate, or why it can prove nothing.
fn judged(packets: Vec<(Option<Packet>, Tag)>) -> Result<Validity, String> {
    let listed = own_fingerprint(&primary(1).public_key().fingerprint()).unwrap();
    let keys = certificate(packets).keys(&[listed]).map_err(|fault| fault.to_string())?;
    let validity = keys.into_iter().next().unwrap().validity;
    match &validity.objection {
        Some(fault) => Err(fault.to_string()),
        None => Ok(validity),
    }
}

#[track_caller]
fn fails(packets: Vec<(Option<Packet>, Tag)>, says: &str) {
    let fault = judged(packets).unwrap_err();
    assert!(fault.contains(says), "{fault}");
}

const NOTHING: &str = "says nothing valid about itself";

#[test]
fn only_valid_words_of_the_key_itself_count() {
    let (key, stranger) = (primary(1), primary(2));
    assert!(judged(vec![named("Ana"), own(MADE)]).is_ok());
    // The certification of another user id, and one by a stranger under the name of the key.
    fails(vec![named("Bo"), own(MADE)], NOTHING);
    let own_config = |typ| config(typ, key.public_key(), MADE, [may_sign()]);
    let forged = certification(own_config(SignatureType::CertPositive), &stranger, &key, &user("Ana"));
    fails(vec![named("Ana"), signature(forged)], NOTHING);
    let foreign = config(SignatureType::CertPositive, stranger.public_key(), MADE, [may_sign()]);
    let foreign = certification(foreign, &stranger, &key, &user("Ana"));
    fails(vec![named("Ana"), signature(foreign.clone())], NOTHING);
    assert!(judged(vec![named("Ana"), signature(foreign), own(MADE)]).is_ok());
    assert!(judged(vec![signature(direct(own_config(SignatureType::Key), &key, &key))]).is_ok());
    fails(vec![signature(direct(own_config(SignatureType::Key), &stranger, &key))], NOTHING);
}

#[test]
fn words_on_the_key_and_on_its_user_id_count_together() {
    let key = primary(1);
    let on_key = config(
        SignatureType::Key,
        key.public_key(),
        MADE,
        [may_sign(), KeyExpirationTime(Duration::from_secs(50))],
    );
    let on_key = signature(direct(on_key, &key, &key));
    let validity = judged(vec![on_key, named("Ana"), own(MADE)]).unwrap();
    assert_eq!((validity.end, validity.revocations.len()), (Some(u64::from(MADE) + 50), 0));
}

#[test]
fn newest_word_of_the_key_counts() {
    let key = primary(1);
    let ending = |made| {
        let parts = [may_sign(), KeyExpirationTime(Duration::from_secs(50))];
        let config = config(SignatureType::CertPositive, key.public_key(), made, parts);
        signature(certification(config, &key, &key, &user("Ana")))
    };
    let end = Some(u64::from(MADE) + 50);
    for (packets, end) in [
        (vec![named("Ana"), ending(MADE), own(MADE + 1)], None),
        (vec![named("Ana"), own(MADE + 1), ending(MADE)], None),
        (vec![named("Ana"), own(MADE), ending(MADE + 1)], end),
        (vec![named("Ana"), own(MADE), ending(MADE)], end),
    ] {
        assert_eq!(judged(packets).unwrap().end, end);
    }
}

#[test]
fn revocation_stands_below_what_it_revokes() {
    let key = primary(1);
    for (typ, places) in [
        (SignatureType::KeyRevocation, [true, false, false, false]),
        (SignatureType::SubkeyRevocation, [false, false, true, true]),
        (SignatureType::CertRevocation, [false, true, false, true]),
        (SignatureType::Key, [true; 4]),
    ] {
        let made = config(typ, key.public_key(), MADE, []);
        let made = Signature::from_config(made, [0, 0], SignatureBytes::Mpis(Vec::new())).unwrap();
        let owners = [Owner::Primary, Owner::User, Owner::Subkey, Owner::Ignored];
        assert_eq!(owners.map(|owner| owner.takes(&made)), places, "{typ:?}");
    }
}

#[test]
fn certification_counts_again_if_it_is_newer_than_its_revocation() {
    let key = primary(1);
    let revoked = |made| {
        let config = config(SignatureType::CertRevocation, key.public_key(), made, []);
        signature(certification(config, &key, &key, &user("Ana")))
    };
    for (revoked_at, counts) in [(MADE, true), (MADE + 1, false), (MADE + 2, false)] {
        let packets = vec![named("Ana"), own(MADE), revoked(revoked_at), own(MADE + 1)];
        assert_eq!(judged(packets).is_ok(), counts, "{revoked_at}");
    }
}

#[test]
fn unreadable_signature_may_be_a_revocation() {
    let says = "cannot be read";
    fails(vec![unreadable(Tag::Signature), named("Ana"), own(MADE)], says);
    fails(vec![named("Ana"), unreadable(Tag::Signature), own(MADE)], says);
    // One below a packet that does not count revokes nothing else.
    let attribute = || unreadable(Tag::UserAttribute);
    assert!(judged(vec![named("Ana"), own(MADE), attribute(), unreadable(Tag::Signature)]).is_ok());
    assert!(judged(vec![attribute(), named("Ana"), own(MADE)]).is_ok());
}

#[test]
fn signature_belongs_to_the_packet_above_it() {
    fails(vec![named("Ana"), unreadable(Tag::UserAttribute), own(MADE)], NOTHING);
    assert!(judged(vec![named("Ana"), unreadable(Tag::Trust), own(MADE)]).is_ok());
}

#[test]
fn subkey_confirms_its_binding_without_end() {
    let (key, subkey) = (primary(1), subkey(3));
    let listed = own_fingerprint(&subkey.public_key().fingerprint()).unwrap();
    let ends = || SignatureExpirationTime(Duration::from_secs(9));
    let other = super::super::made_keys::subkey(4);
    for (by, parts, confirmed) in
        [(&subkey, Vec::new(), true), (&subkey, vec![ends()], false), (&other, Vec::new(), false)]
    {
        let made = signature(binding(&key, &subkey, by, parts));
        let bound = (Some(subkey.public_key().clone().into()), Tag::PublicSubkey);
        let keys = certificate(vec![named("Ana"), own(MADE), bound, made]).keys(&[listed]).unwrap();
        let objection = keys[0].validity.objection.as_ref().map(ToString::to_string);
        assert_eq!((keys.len(), objection.is_none()), (1, confirmed), "{objection:?}");
    }
}

#[test]
fn revocation_below_another_key_is_found_by_its_maker() {
    let (key, other) = (primary(1), primary(2));
    let revoked = |of: &pgp::packet::SecretKey| {
        let config = config(SignatureType::KeyRevocation, of.public_key(), MADE, []);
        certificate(vec![signature(direct(config, of, of))])
    };
    let forged = config(SignatureType::KeyRevocation, other.public_key(), MADE, []);
    let forged = certificate(vec![signature(direct(forged, &key, &other))]);
    let [own, foreign] = [&key, &other].map(|key| Certificate::new(key.public_key().clone()));
    assert!(revoked(&key).has_revocation_of(&own) && !revoked(&key).has_revocation_of(&foreign));
    assert!(revoked(&other).has_revocation_of(&foreign) && !revoked(&other).has_revocation_of(&own));
    assert!(!forged.has_revocation_of(&own) && !forged.has_revocation_of(&foreign));
}

#[test]
fn words_of_a_key_that_was_retired_count_until_then() {
    let key = primary(1);
    let reason = SubpacketData::RevocationReason(RevocationCode::KeyRetired, Vec::new().into());
    let retired = config(SignatureType::KeyRevocation, key.public_key(), MADE + 10, [reason]);
    let word = config(SignatureType::Key, key.public_key(), MADE, [may_sign()]);
    let packets = [word, retired].map(|config| signature(direct(config, &key, &key)));
    let validity = judged(packets.into()).unwrap();
    assert_eq!(validity.revocations, [Revocation::From(u64::from(MADE) + 10)]);
}

#[test]
fn signature_may_name_its_key_in_any_way() {
    let key = primary(1);
    let id = SubpacketData::IssuerKeyId(key.public_key().legacy_key_id());
    for names in [Vec::new(), vec![Subpacket::regular(id).unwrap()]] {
        let mut config = config(SignatureType::CertPositive, key.public_key(), MADE, [may_sign()]);
        config.unhashed_subpackets = names;
        let made = certification(config, &key, &key, &user("Ana"));
        assert!(is_claimed_by(&made, key.public_key()));
        assert!(judged(vec![named("Ana"), signature(made)]).is_ok());
    }
}

#[test]
fn only_signatures_by_the_key_itself_are_limited() {
    let (key, stranger) = (primary(1), primary(2));
    for (by, count, counts) in
        [(&key, MAX_SIGNATURES - 1, true), (&key, MAX_SIGNATURES, false), (&stranger, MAX_SIGNATURES, true)]
    {
        let made = config(SignatureType::Binary, by.public_key(), MADE, []);
        let made = made.sign(by, &Password::empty(), &b"x"[..]).unwrap();
        let mut packets = vec![named("Ana"), own(MADE)];
        packets.push((Some(subkey(3).public_key().clone().into()), Tag::PublicSubkey));
        packets.extend(std::iter::repeat_with(|| signature(made.clone())).take(count));
        assert_eq!(judged(packets).is_ok(), counts, "{count}");
    }
}
