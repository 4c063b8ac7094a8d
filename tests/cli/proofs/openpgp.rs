//! OpenPGP signatures of commits: those that count, and those that are forged, changed, too weak or of the wrong time.

use super::gpg::Gpg;
use super::packets::{armored, replaced, unarmored};
use super::{DATE, Proving, has_program, policy, with_header, with_signature};
use crate::support::Sandbox;

/// Time at which the keys are made.
const MADE: u64 = 1_690_000_000;

/// A commit, and what the scan says about its signature; `None` if it counts.
struct Case {
    name: &'static str,
    object: Vec<u8>,
    says: Option<String>,
}

/// Finding about a commit without a signature that is read.
const NO_SIGNATURE: &str = "error[mismatched-signoff]";

struct Cases(Vec<Case>);

impl Cases {
    fn counts(&mut self, name: &'static str, object: impl Into<Vec<u8>>) {
        self.0.push(Case { name, object: object.into(), says: None });
    }

    fn fails(&mut self, name: &'static str, object: impl Into<Vec<u8>>, says: &str) {
        self.0.push(Case { name, object: object.into(), says: Some(says.to_owned()) });
    }

    /// Adds a commit that has no signature for its repository: nothing is said about one.
    fn has_none(&mut self, name: &'static str, object: impl Into<Vec<u8>>) {
        self.fails(name, object, NO_SIGNATURE);
    }

    /// Scans every commit with a policy, in which one key is listed.
    fn run(self, proving: &Proving<'_>, policy: &str) {
        for Case { name, object, says } in self.0 {
            let said = proving.scan(&object, policy);
            match says {
                None => {
                    assert_eq!(said.status(), Some(0), "{name}: {said}");
                    said.says("1 commit is proven by the key").says("the forge squashed it");
                }
                Some(note) => {
                    assert_eq!(said.status(), Some(1), "{name}: {said}");
                    assert!(said.contains(&note), "{name}: `{note}` is not in:\n{said}");
                    said.never_says("proven by the key");
                    if note == NO_SIGNATURE {
                        said.never_says("its signature").never_says("signed by");
                    }
                }
            }
        }
    }
}

#[test]
fn only_a_signature_of_the_listed_key_counts() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = gpg.key("Forge <forge@x.test>", "ed25519", "sign", MADE, "0");
    let stranger = gpg.key("Stranger <stranger@x.test>", "ed25519", "sign", MADE, "0");
    sandbox.write("forge.gpg", gpg.export(&forge));
    let commit = proving.unsigned();
    let sign = |bytes: &str, options: &[&str]| gpg.sign(&forge, bytes, DATE, options);
    let good = sign(&commit, &[]);
    let signed = with_signature(&commit, &good);
    let foreign = gpg.sign(&stranger, &commit, DATE, &[]);
    let renamed = {
        let (own, other) = (hex(&stranger), hex(&forge));
        let bytes = replaced(&unarmored(&foreign), &own[12..], &other[12..]);
        armored(&bytes)
    };
    let flipped = |at: usize| {
        let mut bytes = unarmored(&good);
        bytes[at] ^= 1;
        with_signature(&commit, &armored(&bytes))
    };
    let both = [unarmored(&good), unarmored(&foreign)].concat();
    let lines: Vec<&str> = good.lines().collect();
    let body: String = lines[2..lines.len() - 2].concat();
    let wrapped = |body: &str| {
        with_signature(&commit, &format!("{}\n\n{body}\n{}\n", lines[0], lines[lines.len() - 1]))
    };
    let columns = |width: usize| {
        let chunks = body.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap());
        wrapped(&chunks.collect::<Vec<_>>().join("\n"))
    };

    let mut cases = Cases(Vec::new());
    cases.counts("as gpg makes it", signed.clone());
    cases.counts("without a checksum", wrapped(&lines[2..lines.len() - 2].join("\n")));
    cases.counts(
        "with a comment",
        with_signature(&commit, &sign(&commit, &["--comment", "x: y", "--emit-version"])),
    );
    cases.counts(
        "with a notation",
        with_signature(&commit, &sign(&commit, &["--sig-notation", "a@x.test=b"])),
    );
    cases.counts("SHA-512", with_signature(&commit, &sign(&commit, &["--digest-algo", "SHA512"])));
    cases.counts(
        "beside one for the other hash",
        with_header(
            &signed,
            "gpgsig-sha256",
            "-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----",
        ),
    );
    let encoded = commit.replacen("\n\n", "\nencoding UTF-8\n\n", 1);
    let before = signed.replacen("\n\n", "\nencoding UTF-8\n\n", 1);
    cases.counts(
        "in front of another header",
        with_signature(&encoded, &sign(&encoded, &[])).replacen("encoding UTF-8\n", "", 1).replacen(
            "\n\ndocs",
            "\nencoding UTF-8\n\ndocs",
            1,
        ),
    );

    cases.has_none("no signature", commit.clone());
    cases.has_none(
        "only the committer line",
        commit.replace("Forge <forge@x.test>", "GitHub <noreply@github.com>"),
    );
    cases.has_none("under another name", with_header(&commit, "gpgsig-sha256", &good));
    cases.has_none("in the message", commit.replace("\n\nSigned", &format!("\n\ngpgsig {good}\nSigned")));
    cases.fails("header without a signature", with_signature(&commit, "x"), "it has no armor");
    cases.fails(
        "empty armor",
        with_signature(&commit, "-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----"),
        "wrapped",
    );
    cases.fails("cut off", with_signature(&commit, &lines[..lines.len() - 1].join("\n")), "cut off");
    cases.fails(
        "packet cut off",
        with_signature(&commit, &armored(&unarmored(&good)[..60])),
        "cannot be read",
    );
    cases.fails("one long line", wrapped(&body), "wrapped again");
    cases.fails("short lines", columns(40), "wrapped again");
    let sum = lines[lines.len() - 2];
    assert!(sum.starts_with('='), "gpg writes a checksum");
    cases.fails("wrong checksum", signed.replace(sum, "=AAAA"), "the checksum of its armor is wrong");
    cases.fails("two checksums", signed.replace(sum, &format!("{sum}\n {sum}")), "malformed");
    cases.counts("empty comment", signed.replacen("-----\n", "-----\n Comment: \n", 1));
    cases.fails("two blocks", with_signature(&commit, &format!("{good}{good}")), "more follows");
    cases.fails("two headers", with_signature(&signed, &good), "several signatures");
    cases.fails("two packets", with_signature(&commit, &armored(&both)), "exactly one packet");
    cases.fails(
        "the same packet twice",
        with_signature(&commit, &armored(&[unarmored(&good), unarmored(&good)].concat())),
        "exactly one packet",
    );
    cases.fails(
        "bytes after the packet",
        with_signature(&commit, &armored(&[unarmored(&good), vec![0xc2]].concat())),
        "cannot be read",
    );
    cases.fails(
        "a whole message",
        with_signature(&commit, &message(&gpg, &forge, &commit)),
        "neither an OpenPGP",
    );
    cases.fails(
        "label of another block",
        signed.replace("PGP SIGNATURE", "PGP MESSAGE"),
        "neither an OpenPGP",
    );
    cases.fails(
        "X.509",
        with_signature(&commit, "-----BEGIN SIGNED MESSAGE-----\nMIIE\n-----END SIGNED MESSAGE-----"),
        "X.509",
    );
    cases.fails("other message", signed.replace("docs: x", "docs: y"), "does not fit");
    cases.fails("other author", signed.replace("Ana <ana@x.test>", "Eve <eve@x.test>"), "does not fit");
    cases.fails(
        "other date",
        signed.replace(&format!("{DATE} +0000\ngpgsig"), &format!("{} +0000\ngpgsig", DATE + 1)),
        "does not fit",
    );
    cases.fails(
        "without its parent",
        signed.replacen(&format!("parent {}\n", proving.base), "", 1),
        "does not fit",
    );
    cases.fails("one more header", before, "does not fit");
    cases.fails("one more header like ours", with_header(&signed, "gpgsig-x", "y"), "does not fit");
    cases.fails("one more blank line", format!("{signed}\n"), "does not fit");
    cases.fails(
        "of another commit",
        with_signature(&commit, &sign(&commit.replace("docs: x", "docs: y"), &[])),
        "does not fit",
    );
    cases.fails("changed at its end", flipped(unarmored(&good).len() - 1), "does not fit");
    let unknown = format!("signed by {stranger}, which the policy does not name");
    cases.fails("by a stranger", with_signature(&commit, &foreign), &unknown);
    cases.fails("by a stranger with our key id", with_signature(&commit, &renamed), "proves nothing");
    cases.fails(
        "of a text",
        with_signature(&commit, &sign(&commit, &["--textmode"])),
        "not a signature of bytes",
    );
    cases.fails(
        "critical notation",
        with_signature(&commit, &sign(&commit, &["--sig-notation", "!a@x.test=b"])),
        "critical part",
    );
    cases.fails(
        "a day too late",
        with_signature(&commit, &gpg.sign(&forge, &commit, DATE + 86_401, &[])),
        "more than a day",
    );
    cases.fails(
        "an hour too early",
        with_signature(&commit, &gpg.sign(&forge, &commit, DATE - 3601, &[])),
        "more than an hour",
    );
    cases.counts(
        "at the end of its day",
        with_signature(&commit, &gpg.sign(&forge, &commit, DATE + 86_400, &[])),
    );
    cases.counts(
        "within the hour before",
        with_signature(&commit, &gpg.sign(&forge, &commit, DATE - 3600, &[])),
    );
    let tag = unarmored(&good).len() - 69;
    cases.counts("with another start of the digest", flipped(tag));
    cases.fails(
        "expired signature",
        with_signature(&commit, &sign(&commit, &["--default-sig-expire", "1"])),
        "it has expired",
    );
    cases.counts(
        "signature that ends later",
        with_signature(&commit, &sign(&commit, &["--default-sig-expire", "30y"])),
    );
    cases.run(&proving, &policy("forge.gpg", &forge));
}

fn hex(digits: &str) -> Vec<u8> {
    data_encoding::HEXUPPER.decode(digits.as_bytes()).unwrap()
}

/// Returns a commit as a signed message, which contains it.
fn message(gpg: &Gpg<'_>, key: &str, commit: &str) -> String {
    let run = gpg.at(DATE).args(["--armor", "--local-user", key, "--sign"]);
    String::from_utf8(run.stdin(commit).ok().stdout().to_vec()).unwrap()
}

#[test]
fn digests_and_keys_that_are_too_weak_do_not_count() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = gpg.key("Forge", "rsa2048", "sign", MADE, "0");
    sandbox.write("forge.gpg", gpg.export(&forge));
    let commit = proving.unsigned();
    let mut cases = Cases(Vec::new());
    for digest in ["SHA256", "SHA384", "SHA512"] {
        let signature = gpg.sign(&forge, &commit, DATE, &["--digest-algo", digest]);
        cases.counts("strong digest", with_signature(&commit, &signature));
    }
    for digest in ["SHA1", "RIPEMD160", "SHA224"] {
        let signature = gpg.sign(&forge, &commit, DATE, &["--digest-algo", digest]);
        cases.fails("weak digest", with_signature(&commit, &signature), "its digest is too weak");
    }
    cases.run(&proving, &policy("forge.gpg", &forge));

    let short = gpg.key("Short", "rsa1024", "sign", MADE, "0");
    sandbox.write("short.gpg", gpg.export(&short));
    let signed = with_signature(&commit, &gpg.sign(&short, &commit, DATE, &["--digest-algo", "SHA256"]));
    let said = proving.scan(signed.as_bytes(), &policy("short.gpg", &short));
    assert_eq!(said.status(), Some(2), "{said}");
    said.says("short.gpg prove nothing").says("shorter than 2048 bits");
    for curve in ["nistp256", "nistp384", "nistp521"] {
        let key = gpg.key(curve, curve, "sign", MADE, "0");
        sandbox.write("curve.asc", gpg.merged(&[], &key));
        let signed = with_signature(&commit, &gpg.sign(&key, &commit, DATE, &[]));
        let said = proving.scan(signed.as_bytes(), &policy("curve.asc", &key));
        assert_eq!(said.status(), Some(0), "{curve}: {said}");
    }
}

#[test]
fn repositories_with_sha256_have_a_header_of_their_own() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::with_options(&sandbox, &["--object-format=sha256"]));
    let forge = gpg.key("Forge", "ed25519", "sign", MADE, "0");
    sandbox.write("forge.gpg", gpg.export(&forge));
    let commit = proving.unsigned();
    let good = gpg.sign(&forge, &commit, DATE, &[]);
    let mut cases = Cases(Vec::new());
    cases.counts("own header", with_header(&commit, "gpgsig-sha256", &good));
    cases.has_none("header of SHA-1", with_signature(&commit, &good));
    cases.run(&proving, &policy("forge.gpg", &forge));
}
