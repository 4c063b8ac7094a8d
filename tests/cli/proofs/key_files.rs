//! Files of OpenPGP keys that say less about a key than `gpg` would after it has read them: they are refused.

use super::gpg::Gpg;
use super::packets::{split, unarmored};
use super::{DATE, Proving, has_program, policy, with_signature};
use crate::support::Sandbox;

/// Time at which the keys are made.
const MADE: u64 = 1_690_000_000;

/// Scans a commit that a key signs; fails unless the scan ends with a status and says something.
#[track_caller]
fn judge(proving: &Proving<'_>, gpg: &Gpg<'_>, key: &str, listed: &str, status: i32, says: &str) {
    let commit = proving.unsigned();
    let signed = with_signature(&commit, &gpg.sign(&format!("{key}!"), &commit, DATE, &[]));
    let said = proving.scan(signed.as_bytes(), &policy("keys.gpg", listed));
    assert_eq!(said.status(), Some(status), "{says}: {said}");
    said.says(says);
}

const ALONE: &str = "a part of it begins with no key, as a revocation by itself does";
const MISPLACED: &str = "it has a revocation that does not stand below what it revokes";

#[test]
fn revocation_by_itself_is_refused() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = gpg.key("Forge", "ed25519", "sign", MADE, "0");
    let other = gpg.key("Other", "ed25519", "sign", MADE, "0");
    let (key, key2) = (gpg.merged(&[], &forge).into_bytes(), gpg.merged(&[], &other).into_bytes());
    let revocation = gpg.revocation(&forge, DATE - 1, "1");
    let (raw, raw2) = (gpg.export(&forge), gpg.export(&other));
    let raw_revocation = unarmored(std::str::from_utf8(&revocation).unwrap());
    let bare = &split(&raw2)[0].1;
    let kept = [&b"This is a revocation certificate.\n:"[..], &revocation].concat();
    for (parts, says) in [
        ([&key, &revocation, &Vec::new()], ALONE),
        ([&revocation, &key, &Vec::new()], ALONE),
        ([&key, &key2, &revocation], ALONE),
        ([&key, &revocation, &key2], ALONE),
        ([&raw_revocation, &raw, &Vec::new()], ALONE),
        ([&raw, &raw_revocation, &Vec::new()], MISPLACED),
        ([&raw, &raw2, &raw_revocation], MISPLACED),
        ([&raw, bare, &raw_revocation], MISPLACED),
        // Parts of another kind are not overlooked either.
        ([&raw, &revocation, &Vec::new()], "cannot be read"),
        ([&key, &raw_revocation, &Vec::new()], "it has more than text"),
        ([&key, &kept, &Vec::new()], "it has `-----BEGIN` on a line that begins no block"),
    ] {
        sandbox.write("keys.gpg", parts.map(Vec::as_slice).concat());
        judge(&proving, &gpg, &forge, &forge, 2, says);
    }
    // The repair.
    let ring = Gpg::named(&sandbox, "ring");
    sandbox.write("keys.gpg", ring.merged(&[&key, &key2, &revocation], &forge));
    judge(&proving, &gpg, &forge, &forge, 1, "its key is revoked");
    sandbox.write("keys.gpg", [key, key2].concat());
    judge(&proving, &gpg, &forge, &forge, 0, "1 commit is proven");
    judge(&proving, &gpg, &other, &forge, 1, "which the policy does not name");
}

#[test]
fn key_that_occurs_twice_is_refused() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = gpg.key("Forge", "ed25519", "sign", MADE, "0");
    let subkey = gpg.subkey(&forge, "ed25519", "sign", MADE);
    let (old, old_raw) = (gpg.merged(&[], &forge).into_bytes(), gpg.export(&forge));
    let ring = Gpg::named(&sandbox, "ring");
    let revocation = gpg.revocation(&forge, DATE - 1, "1");
    let new = ring.merged(&[&old, &revocation], &forge).into_bytes();
    let new_raw = ring.export(&forge);
    // The end of the key, as another certificate says it.
    let expiring = Gpg::named(&sandbox, "expiring");
    let secret = gpg.at(DATE).args(["--export-secret-keys", &forge]).ok();
    expiring.at(DATE).args(["--import"]).stdin(secret.stdout()).ok();
    expiring.at(MADE + 1).args(["--quick-set-expire", &forge, "seconds=1000"]).ok();
    let expired = expiring.merged(&[], &forge).into_bytes();
    let twice = format!("it has the key {forge} several times");
    for (first, second) in [
        (&old, &new),
        (&new, &old),
        (&old_raw, &new_raw),
        (&new_raw, &old_raw),
        (&old, &expired),
        (&expired, &old),
    ] {
        for (key, listed) in [(&forge, &forge), (&subkey, &forge), (&subkey, &subkey)] {
            sandbox.write("keys.gpg", [first.as_slice(), second].concat());
            judge(&proving, &gpg, key, listed, 2, &twice);
        }
    }
    // The repair.
    for (first, second, says) in
        [(&old, &new, "its key is revoked"), (&expired, &old, "its key had expired when it was made")]
    {
        let repaired = Gpg::named(&sandbox, says.split(' ').next_back().unwrap());
        let file = [first.as_slice(), second].concat();
        sandbox.write("keys.gpg", repaired.merged(&[&file], &forge));
        judge(&proving, &gpg, &forge, &forge, 1, says);
    }
}

#[test]
fn subkey_of_two_certificates_is_refused() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = gpg.key("Forge", "ed25519", "sign", MADE, "0");
    let subkey = gpg.subkey(&forge, "ed25519", "sign", MADE);
    let other = gpg.key("Other", "ed25519", "sign", MADE, "0");
    let (own, other) = (gpg.export(&forge), gpg.export(&other));
    let moved: Vec<u8> = split(&own).into_iter().skip(3).flat_map(|(_, packet)| packet).collect();
    let twice = format!("it has the key {subkey} several times");
    sandbox.write("keys.gpg", [own.as_slice(), &other, &moved].concat());
    judge(&proving, &gpg, &subkey, &subkey, 2, &twice);
    // Only the certificate on the list counts.
    judge(&proving, &gpg, &subkey, &forge, 0, "1 commit is proven");
    sandbox.write("keys.gpg", [own.as_slice(), &moved].concat());
    judge(&proving, &gpg, &subkey, &forge, 2, &twice);
}

#[test]
fn key_that_signs_nothing_is_refused() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let signer = gpg.key("Signer", "ed25519", "sign", MADE, "0");
    let certifier = gpg.key("Certifier", "ed25519", "cert", MADE, "0");
    let useless = |key: &str| format!("the key {key} can prove nothing: its key is not one for signatures");
    sandbox.write("keys.gpg", gpg.export(&certifier));
    judge(&proving, &gpg, &signer, &certifier, 2, &useless(&certifier));
    let reader = gpg.subkey(&certifier, "cv25519", "encr", MADE);
    sandbox.write("keys.gpg", gpg.export(&certifier));
    judge(&proving, &gpg, &signer, &certifier, 2, &useless(&certifier));
    judge(&proving, &gpg, &signer, &reader, 2, &format!("the key {reader} can prove nothing"));
    let subkey = gpg.subkey(&certifier, "ed25519", "sign", MADE);
    sandbox.write("keys.gpg", gpg.export(&certifier));
    judge(&proving, &gpg, &subkey, &certifier, 0, "1 commit is proven");
    judge(&proving, &gpg, &subkey, &subkey, 0, "1 commit is proven");
    judge(&proving, &gpg, &signer, &reader, 2, &format!("the key {reader} can prove nothing"));
}
