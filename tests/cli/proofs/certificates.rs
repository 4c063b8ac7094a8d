//! OpenPGP certificates: expiry, revocation, usage and subkeys.

use super::gpg::Gpg;
use super::packets::{split, without_back_signature};
use super::{DATE, Proving, has_program, policy, with_signature};
use crate::support::Sandbox;

/// Time at which the keys are made.
const MADE: u64 = 1_690_000_000;

const DAY: u64 = 24 * 60 * 60;

/// Scans a commit that a key signs at its date, with a file of keys and a listed fingerprint.
#[track_caller]
fn judge(proving: &Proving<'_>, gpg: &Gpg<'_>, date: u64, key: &str, listed: &str, says: Option<&str>) {
    let commit = proving.unsigned_at(date);
    let signed = with_signature(&commit, &gpg.sign(key, &commit, date, &[]));
    let said = proving.scan(signed.as_bytes(), &policy("keys.gpg", listed));
    assert_eq!(said.status(), Some(i32::from(says.is_some())), "{says:?}: {said}");
    said.says(says.unwrap_or("1 commit is proven"));
}

#[test]
fn expiry_is_judged_at_the_time_of_the_signature() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = gpg.key("Forge", "ed25519", "sign", MADE, "0");
    let lifetime = DATE - MADE;
    gpg.at(MADE + 1).args(["--quick-set-expire", &forge, &format!("seconds={}", lifetime - 1)]).ok();
    sandbox.write("keys.gpg", gpg.export(&forge));
    // The key that signs is the same one, without an end.
    gpg.at(MADE + 2).args(["--quick-set-expire", &forge, "0"]).ok();
    judge(&proving, &gpg, DATE - 1, &forge, &forge, None);
    judge(&proving, &gpg, DATE, &forge, &forge, Some("its key had expired"));
    judge(&proving, &gpg, DATE + DAY, &forge, &forge, Some("its key had expired"));
    judge(&proving, &gpg, MADE - 1, &forge, &forge, Some("it is older than its key"));
    // The newest word of the key counts.
    sandbox.write("keys.gpg", gpg.export(&forge));
    judge(&proving, &gpg, DATE + DAY, &forge, &forge, None);
}

#[test]
fn revocations_count_from_their_time_or_always() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = gpg.key("Forge", "ed25519", "sign", MADE, "0");
    let certificate = gpg.export(&forge);
    for (reason, before) in [("0", Some("is revoked")), ("1", Some("is revoked")), ("2", None), ("3", None)] {
        let revocation = gpg.revocation(&forge, DATE, reason);
        let other = Gpg::named(&sandbox, &format!("gnupg{reason}"));
        sandbox.write("keys.gpg", other.merged(&[&certificate, &revocation], &forge));
        judge(&proving, &gpg, DATE - DAY, &forge, &forge, before);
        judge(&proving, &gpg, DATE, &forge, &forge, Some("its key is revoked"));
    }
    // A revocation that cannot be checked counts always.
    let mut revocation =
        super::packets::unarmored(std::str::from_utf8(&gpg.revocation(&forge, DATE, "2")).unwrap());
    *revocation.last_mut().unwrap() ^= 1;
    let mut packets = split(&certificate);
    packets.insert(1, (2, revocation));
    let bytes: Vec<u8> = packets.into_iter().flat_map(|(_, packet)| packet).collect();
    sandbox.write("keys.gpg", bytes);
    judge(&proving, &gpg, DATE - DAY, &forge, &forge, Some("its key is revoked"));
}

#[test]
fn keys_count_for_what_they_are_made_for() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = gpg.key("Forge", "rsa2048", "sign", MADE, "0");
    let subkey = gpg.subkey(&forge, "rsa2048", "sign", MADE);
    // The same keys, once the primary one may only certify, and the subkey only encrypt.
    let other = Gpg::named(&sandbox, "other");
    let secret = gpg.at(DATE).args(["--export-secret-keys", &forge]).ok();
    other.at(DATE).args(["--import"]).stdin(secret.stdout()).ok();
    other.edit(&forge, MADE + 1, "change-usage\nS\nQ\nkey 1\nchange-usage\nS\nE\nQ\nsave\n");
    let with = |key: &str| format!("{key}!");
    let says = "can prove nothing: its key is not one for signatures";
    for listed in [&forge, &subkey] {
        judge_with(&sandbox, &proving, &gpg, listed, split(&other.export(&forge)), Some(says));
    }
    other.edit(&forge, MADE + 2, "change-usage\nS\nQ\nsave\n");
    sandbox.write("keys.gpg", other.export(&forge));
    judge(&proving, &gpg, DATE, &with(&forge), &forge, None);
    judge(&proving, &gpg, DATE, &with(&subkey), &forge, Some("not one for signatures"));
    sandbox.write("keys.gpg", gpg.export(&forge));
    judge(&proving, &gpg, DATE, &with(&forge), &forge, None);
}

#[test]
fn subkeys_count_if_both_keys_say_that_they_belong_together() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = gpg.key("Forge", "ed25519", "sign", MADE, "0");
    let subkey = gpg.subkey(&forge, "ed25519", "sign", MADE);
    let certificate = gpg.export(&forge);
    let with = |key: &str| format!("{key}!");
    sandbox.write("keys.gpg", &certificate);
    judge(&proving, &gpg, DATE, &with(&subkey), &forge, None);
    judge(&proving, &gpg, DATE, &with(&subkey), &subkey, None);
    judge(&proving, &gpg, DATE, &with(&forge), &subkey, Some("which the policy does not name"));

    let write = |packets: Vec<(u8, Vec<u8>)>| {
        let bytes: Vec<u8> = packets.into_iter().flat_map(|(_, packet)| packet).collect();
        sandbox.write("keys.gpg", bytes);
    };
    let mut unconfirmed = split(&certificate);
    let binding = unconfirmed.pop().unwrap().1;
    unconfirmed.push((2, without_back_signature(&binding)));
    write(unconfirmed);
    judge(&proving, &gpg, DATE, &with(&subkey), &forge, Some("does not confirm"));

    // The subkey of a stranger, added to the certificate of the forge.
    let stranger = gpg.key("Stranger", "ed25519", "sign", MADE, "0");
    let foreign = gpg.subkey(&stranger, "ed25519", "sign", MADE);
    let packets: Vec<(u8, Vec<u8>)> =
        split(&certificate).into_iter().chain(split(&gpg.export(&stranger)).into_iter().skip(3)).collect();
    write(packets);
    judge(&proving, &gpg, DATE, &with(&foreign), &forge, Some("belongs to no certificate"));

    let revoked = Gpg::named(&sandbox, "revoked");
    let secret = gpg.at(DATE).args(["--export-secret-keys", &forge]).ok();
    revoked.at(DATE).args(["--import"]).stdin(secret.stdout()).ok();
    revoked.edit(&forge, DATE, "key 1\nrevkey\ny\n1\n\ny\nsave\n");
    sandbox.write("keys.gpg", revoked.export(&forge));
    judge(&proving, &gpg, DATE - DAY, &with(&subkey), &forge, Some("its key is revoked"));
    judge(&proving, &gpg, DATE - DAY, &with(&forge), &forge, None);
}

#[test]
fn old_digest_counts_for_what_a_primary_key_says_about_itself() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let old = ["--cert-digest-algo", "SHA1"];
    gpg.at(MADE).args(old).args(["--quick-gen-key", "Forge", "rsa2048", "sign", "0"]).ok();
    let forge = gpg.fingerprints("Forge").remove(0);
    let (_, statement) = &split(&gpg.export(&forge))[2];
    assert_eq!(statement[3 + 3], 2, "gpg did not take SHA-1");
    sandbox.write("keys.gpg", gpg.export(&forge));
    judge(&proving, &gpg, DATE, &format!("{forge}!"), &forge, None);
}

#[test]
fn subkey_ends_with_itself_or_with_its_primary_key() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = gpg.key("Forge", "ed25519", "sign", MADE, "0");
    let subkey = gpg.subkey(&forge, "ed25519", "sign", MADE + 100);
    let with = |key: &str| format!("{key}!");
    let expire = |time: u64, end: u64, of: &[&str]| {
        let end = if end == 0 { "0".to_owned() } else { format!("seconds={}", end - time) };
        gpg.at(time).args(["--quick-set-expire", &forge, &end]).args(of).ok();
    };
    expire(MADE + 200, DATE, &["*"]);
    let short_subkey = gpg.export(&forge);
    expire(MADE + 300, 0, &["*"]);
    expire(MADE + 300, DATE, &[]);
    let short_primary = gpg.export(&forge);
    expire(MADE + 400, 0, &[]);
    for (certificate, says_primary) in [(short_subkey, None), (short_primary, Some("its key had expired"))] {
        sandbox.write("keys.gpg", certificate);
        judge(&proving, &gpg, DATE - 1, &with(&subkey), &forge, None);
        judge(&proving, &gpg, DATE, &with(&subkey), &forge, Some("its key had expired"));
        judge(&proving, &gpg, DATE, &with(&forge), &forge, says_primary);
    }
}

#[test]
fn certificate_has_to_say_something_valid_about_itself() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = gpg.key("Forge", "ed25519", "sign", MADE, "0");
    let mut stripped = split(&gpg.export(&forge));
    stripped.truncate(2);
    gpg.at(MADE + 1).args(["--quick-add-uid", &forge, "New"]).ok();
    gpg.at(MADE + 2).args(["--quick-revoke-uid", &forge, "Forge"]).ok();
    judge_with(&sandbox, &proving, &gpg, &forge, split(&gpg.export(&forge)), None);
    let mut revoked = split(&gpg.export(&forge));
    let is_new = |(kind, packet): &(u8, Vec<u8>)| *kind == 13 && packet.ends_with(b"New");
    let start = revoked.iter().position(is_new).unwrap();
    revoked.drain(start..start + 2);
    for packets in [stripped, revoked] {
        let says = "can prove nothing: it says nothing valid about itself";
        judge_with(&sandbox, &proving, &gpg, &forge, packets, Some(says));
    }
}

/// Scans a commit with a certificate of some packets, which is a policy error if it says something.
#[track_caller]
fn judge_with(
    sandbox: &Sandbox,
    proving: &Proving<'_>,
    gpg: &Gpg<'_>,
    key: &str,
    packets: Vec<(u8, Vec<u8>)>,
    says: Option<&str>,
) {
    let bytes: Vec<u8> = packets.into_iter().flat_map(|(_, packet)| packet).collect();
    sandbox.write("keys.gpg", bytes);
    let commit = proving.unsigned();
    let signed = with_signature(&commit, &gpg.sign(key, &commit, DATE, &[]));
    let said = proving.scan(signed.as_bytes(), &policy("keys.gpg", key));
    assert_eq!(said.status(), Some(if says.is_some() { 2 } else { 0 }), "{said}");
    said.says(says.unwrap_or("1 commit is proven"));
}

#[test]
fn files_without_the_key_are_policy_errors() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = gpg.key("Forge", "ed25519", "sign", MADE, "0");
    let armored = gpg.merged(&[], &forge);
    let secret = gpg.at(DATE).args(["--armor", "--export-secret-keys", &forge]).ok().stdout().to_vec();
    let missing = "5DE3E0509C47EA3CF04A42D34AEE18F83AFDEB23";
    for (content, listed, says) in [
        (armored.clone().into_bytes(), missing, "it has no key 5DE3E0509C47EA3CF04A42D34AEE18F83AFDEB23"),
        (secret, forge.as_str(), "no public key"),
        (armored.replace("-----END PGP PUBLIC KEY BLOCK-----\n", "").into_bytes(), &forge, "cut off"),
        (Vec::new(), &forge, "it has no key"),
        (gpg.export(&forge)[..40].to_vec(), &forge, "cannot be read"),
    ] {
        sandbox.write("keys.gpg", content);
        let said = proving.scan(proving.unsigned().as_bytes(), &policy("keys.gpg", listed));
        assert_eq!(said.status(), Some(2), "{says}: {said}");
        said.says("keys.gpg prove nothing").says(says);
    }
    let said = proving.scan(proving.unsigned().as_bytes(), &policy("missing.gpg", &forge));
    assert_eq!(said.status(), Some(2), "{said}");
    said.says("cannot read").says("missing.gpg");
}
