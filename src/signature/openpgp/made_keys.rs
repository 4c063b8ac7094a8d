//! Keys and signatures that tests make in memory, also those that `gpg` makes for nobody.

use pgp::crypto::ed25519::{Mode, SecretKey as Ed25519};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::packet::{
    KeyFlags, PubKeyInner, PublicKey, PublicSubkey, SecretKey, SecretSubkey, Signature, SignatureConfig,
    SignatureType, Subpacket, SubpacketData, UserId,
};
use pgp::types::{
    Ed25519PublicParams, KeyDetails as _, KeyVersion, PacketHeaderVersion, Password, PlainSecretParams,
    PublicParams, SecretParams, Tag, Timestamp,
};

/// Time at which all keys are made, in seconds since 1970.
pub(super) const MADE: u32 = 1_700_000_000;

/// Returns the key of a number.
fn pair(number: u8) -> (PubKeyInner, SecretParams) {
    let secret = Ed25519::try_from_bytes([number; 32], Mode::Ed25519).unwrap();
    let public = PublicParams::Ed25519(Ed25519PublicParams::from(&secret));
    let made = Timestamp::from_secs(MADE);
    let public = PubKeyInner::new(KeyVersion::V4, PublicKeyAlgorithm::Ed25519, made, None, public).unwrap();
    (public, SecretParams::Plain(PlainSecretParams::Ed25519(secret)))
}

pub(super) fn primary(number: u8) -> SecretKey {
    let (public, secret) = pair(number);
    SecretKey::new(PublicKey::from_inner(public).unwrap(), secret).unwrap()
}

pub(super) fn subkey(number: u8) -> SecretSubkey {
    let (public, secret) = pair(number);
    SecretSubkey::new(PublicSubkey::from_inner(public).unwrap(), secret).unwrap()
}

pub(super) fn user(name: &str) -> UserId {
    UserId::from_str(PacketHeaderVersion::New, name).unwrap()
}

/// Returns permission to sign data, as a signature gives it.
pub(super) fn may_sign() -> SubpacketData {
    let mut flags = KeyFlags::default();
    flags.set_sign(true);
    SubpacketData::KeyFlags(flags)
}

/// Returns a signature to be made at a time, with more signed parts, that names a key as its own.
pub(super) fn config(
    typ: SignatureType,
    key: &PublicKey,
    made: u32,
    parts: impl IntoIterator<Item = SubpacketData>,
) -> SignatureConfig {
    let mut config = SignatureConfig::v4(typ, PublicKeyAlgorithm::Ed25519, HashAlgorithm::Sha256);
    let time = SubpacketData::SignatureCreationTime(Timestamp::from_secs(made));
    let regular = |data| Subpacket::regular(data).unwrap();
    config.hashed_subpackets = std::iter::once(time).chain(parts).map(regular).collect();
    config.unhashed_subpackets = vec![regular(SubpacketData::IssuerFingerprint(key.fingerprint()))];
    config
}

/// Signs a user id of a key, by that key or by another one.
pub(super) fn certification(
    config: SignatureConfig,
    by: &SecretKey,
    key: &SecretKey,
    user: &UserId,
) -> Signature {
    let (password, tag) = (Password::empty(), Tag::UserId);
    config.sign_certification_third_party(by, &password, key.public_key(), tag, user).unwrap()
}

/// Signs a key directly, or revokes it, by that key or by another one.
pub(super) fn direct(config: SignatureConfig, by: &SecretKey, key: &SecretKey) -> Signature {
    config.sign_key(by, &Password::empty(), key.public_key()).unwrap()
}

/// Binds a subkey to a primary key, confirmed by a subkey with more signed parts.
pub(super) fn binding(
    key: &SecretKey,
    subkey: &SecretSubkey,
    by: &SecretSubkey,
    parts: Vec<SubpacketData>,
) -> Signature {
    let (password, public) = (Password::empty(), key.public_key());
    let back = config(SignatureType::KeyBinding, public, MADE, parts);
    let back = back.sign_primary_key_binding(by, by.public_key(), &password, public).unwrap();
    let parts = [may_sign(), SubpacketData::EmbeddedSignature(Box::new(back))];
    let binding = config(SignatureType::SubkeyBinding, public, MADE, parts);
    binding.sign_subkey_binding(key, public, &password, subkey.public_key()).unwrap()
}
