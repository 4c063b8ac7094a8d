//! SSH signatures of commits, and files of allowed signers.

use super::gpg::Gpg;
use super::{DATE, Proving, has_program, policy, with_signature};
use crate::support::{Repo, Sandbox};

/// Makes a key, and returns its public part and its fingerprint.
fn key(repo: &Repo<'_>, sandbox: &Sandbox, name: &str, options: &[&str]) -> (String, String) {
    let file = repo.file(name);
    sandbox.run("ssh-keygen").args(["-q", "-N", "", "-C", "a comment", "-f"]).arg(&file).args(options).ok();
    let public = std::fs::read_to_string(file.with_extension("pub")).unwrap().trim().to_owned();
    let line = sandbox.run("ssh-keygen").arg("-lf").arg(file.with_extension("pub")).ok().line();
    (public, line.split(' ').nth(1).unwrap().to_owned())
}

/// Signs bytes with the key in a file.
fn sign(repo: &Repo<'_>, sandbox: &Sandbox, name: &str, bytes: &str, options: &[&str]) -> String {
    let run = sandbox.run("ssh-keygen").args(["-q", "-Y", "sign", "-f"]).arg(repo.file(name));
    let options = if options.contains(&"-n") { options.to_vec() } else { [&["-n", "git"], options].concat() };
    String::from_utf8(run.args(options).stdin(bytes).ok().stdout().to_vec()).unwrap()
}

#[test]
fn only_a_signature_of_an_allowed_signer_counts() {
    if !has_program("ssh-keygen") {
        return;
    }
    let sandbox = Sandbox::new();
    let proving = Proving::new(&sandbox);
    let repo = &proving.repo;
    let (public, fingerprint) = key(repo, &sandbox, "forge", &["-t", "ed25519"]);
    let (_, stranger) = key(repo, &sandbox, "stranger", &["-t", "ed25519"]);
    let commit = proving.unsigned();
    let sign = |name: &str, bytes: &str, options: &[&str]| sign(repo, &sandbox, name, bytes, options);
    let good = sign("forge", &commit, &[]);
    let foreign = sign("stranger", &commit, &[]);
    let signed = with_signature(&commit, &good);
    let lines: Vec<&str> = good.lines().collect();
    let body = lines[1..lines.len() - 1].concat();
    let rebuilt =
        |body: &str| with_signature(&commit, &format!("{}\n{body}\n{}\n", lines[0], lines[lines.len() - 1]));
    let columns = |width: usize| {
        let chunks = body.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap());
        rebuilt(&chunks.collect::<Vec<_>>().join("\n"))
    };
    let one_byte_more = {
        let mut bytes = data_encoding::BASE64.decode(body.as_bytes()).unwrap();
        let length = bytes.len() - 84;
        assert_eq!(bytes[length], 83, "a signature of Ed25519 is the last part");
        bytes[length] += 1;
        bytes.push(b'x');
        let text = data_encoding::BASE64.encode(&bytes);
        let chunks = text.as_bytes().chunks(70).map(|line| std::str::from_utf8(line).unwrap());
        rebuilt(&chunks.collect::<Vec<_>>().join("\n"))
    };
    let allowed = |options: &str| format!("# keys of the forge\nforge@x.test {options}{public}\n");
    let unknown = format!("signed by {stranger}, which the policy does not name");
    for (name, object, signers, says) in [
        ("as git makes it", signed.clone(), allowed(""), None),
        (
            "SHA-256",
            with_signature(&commit, &sign("forge", &commit, &["-O", "hashalg=sha256"])),
            allowed(""),
            None,
        ),
        ("as other programs wrap it", columns(64), allowed(""), None),
        ("for this namespace", signed.clone(), allowed("namespaces=\"git\" "), None),
        (
            "in its time",
            signed.clone(),
            allowed("valid-after=\"20231101Z\",valid-before=\"20231201Z\" "),
            None,
        ),
        ("principals by a pattern", signed.clone(), format!("*@x.test,!ana@* {public}\n"), None),
        ("second of two lines", signed.clone(), format!("a@x.test {public}\nforge@x.test {public}\n"), None),
        (
            "wrong namespace",
            with_signature(&commit, &sign("forge", &commit, &["-n", "file"])),
            allowed(""),
            Some("not for the namespace `git`"),
        ),
        (
            "key for another namespace",
            signed.clone(),
            allowed("namespaces=\"file,email\" "),
            Some("does not count for the namespace"),
        ),
        (
            "wrong principal",
            signed.clone(),
            format!("other@x.test {public}\n"),
            Some("not for the address of the committer"),
        ),
        (
            "excluded principal",
            signed.clone(),
            format!("*,!forge@x.test {public}\n"),
            Some("not for the address of the committer"),
        ),
        ("not yet valid", signed.clone(), allowed("valid-after=\"20231115\" "), Some("not yet valid")),
        ("no longer valid", signed.clone(), allowed("valid-before=\"20231114\" "), Some("no longer valid")),
        ("other message", signed.replace("docs: x", "docs: y"), allowed(""), Some("does not fit")),
        (
            "other committer",
            signed.replace("Forge <forge", "Other <forge"),
            allowed(""),
            Some("does not fit"),
        ),
        (
            "of another commit",
            with_signature(&commit, &sign("forge", "x", &[])),
            allowed(""),
            Some("does not fit"),
        ),
        ("by a stranger", with_signature(&commit, &foreign), allowed(""), Some(unknown.as_str())),
        ("one long line", rebuilt(&body), allowed(""), Some("wrapped again")),
        ("short lines", columns(40), allowed(""), Some("wrapped again")),
        ("cut off", rebuilt(&lines[1..3].join("\n")), allowed(""), Some("cannot be read")),
        ("a byte after its numbers", one_byte_more, allowed(""), Some("cannot be read")),
        (
            "two signatures",
            with_signature(&commit, &format!("{good}{foreign}")),
            allowed(""),
            Some("more follows"),
        ),
        ("two headers", with_signature(&signed, &good), allowed(""), Some("several signatures")),
    ] {
        repo.write("signers", signers);
        let said = proving.scan(object.as_bytes(), &policy("proving/signers", &fingerprint));
        assert_eq!(said.status(), Some(i32::from(says.is_some())), "{name}: {said}");
        assert!(said.contains(says.unwrap_or("1 commit is proven")), "{name}: {said}");
    }
}

#[test]
fn kinds_of_keys_that_git_uses_count() {
    if !has_program("ssh-keygen") {
        return;
    }
    let sandbox = Sandbox::new();
    let proving = Proving::new(&sandbox);
    let commit = proving.unsigned();
    for (name, options, says) in [
        ("p256", &["-t", "ecdsa", "-b", "256"][..], None),
        ("p384", &["-t", "ecdsa", "-b", "384"], None),
        ("p521", &["-t", "ecdsa", "-b", "521"], None),
        ("rsa", &["-t", "rsa", "-b", "2048"], None),
        ("short", &["-t", "rsa", "-b", "1024"], Some("shorter than 2048 bits")),
        ("long", &["-t", "rsa", "-b", "4104"], Some("line 1: its RSA key is longer than 4096 bits")),
    ] {
        let (public, fingerprint) = key(&proving.repo, &sandbox, name, options);
        proving.repo.write("signers", format!("* {public}\n"));
        let signature = sign(&proving.repo, &sandbox, name, &commit, &[]);
        let said = proving
            .scan(with_signature(&commit, &signature).as_bytes(), &policy("proving/signers", &fingerprint));
        assert_eq!(said.status(), Some(if says.is_some() { 2 } else { 0 }), "{name}: {said}");
        said.says(says.unwrap_or("1 commit is proven"));
    }
}

#[test]
fn authorities_and_certificates_do_not_count() {
    if !has_program("ssh-keygen") {
        return;
    }
    let sandbox = Sandbox::new();
    let proving = Proving::new(&sandbox);
    let (repo, commit) = (&proving.repo, proving.unsigned());
    let (authority, authority_name) = key(repo, &sandbox, "authority", &["-t", "ed25519"]);
    let (public, fingerprint) = key(repo, &sandbox, "forge", &["-t", "ed25519"]);
    let signed = with_signature(&commit, &sign(repo, &sandbox, "forge", &commit, &[]));
    repo.write("signers", format!("* cert-authority {authority}\n* {public}\n"));
    let said = proving.scan(signed.as_bytes(), &policy("proving/signers", &authority_name));
    assert_eq!(said.status(), Some(2), "{said}");
    said.says("line 1: `cert-authority` is not supported");
    let said = proving.scan(signed.as_bytes(), &policy("proving/signers", &fingerprint));
    assert_eq!(said.status(), Some(0), "{said}");

    let certify = sandbox.run("ssh-keygen").args(["-q", "-I", "x", "-n", "forge@x.test", "-s"]);
    certify.arg(repo.file("authority")).arg(repo.file("forge.pub")).ok();
    let signature = sign(repo, &sandbox, "forge-cert.pub", &commit, &[]);
    let said = proving
        .scan(with_signature(&commit, &signature).as_bytes(), &policy("proving/signers", &fingerprint));
    assert_eq!(said.status(), Some(1), "{said}");
    said.says("which the policy does not name");
}

#[test]
fn a_kind_of_signature_does_not_count_for_another_kind_of_key() {
    if !has_program("gpg") || !has_program("ssh-keygen") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = gpg.key("Forge", "ed25519", "sign", DATE - 1000, "0");
    sandbox.write("forge.gpg", gpg.export(&forge));
    let (public, fingerprint) = key(&proving.repo, &sandbox, "forge", &["-t", "ed25519"]);
    proving.repo.write("signers", format!("* {public}\n"));
    let commit = proving.unsigned();
    let by_gpg = with_signature(&commit, &gpg.sign(&forge, &commit, DATE, &[]));
    let by_ssh = with_signature(&commit, &sign(&proving.repo, &sandbox, "forge", &commit, &[]));
    for (object, keys, listed) in [(&by_gpg, "proving/signers", &fingerprint), (&by_ssh, "forge.gpg", &forge)]
    {
        let said = proving.scan(object.as_bytes(), &policy(keys, listed));
        assert_eq!(said.status(), Some(1), "{said}");
        said.says("which the policy does not name");
    }
    for (keys, listed) in [("proving/signers", &forge), ("forge.gpg", &fingerprint)] {
        let said = proving.scan(commit.as_bytes(), &policy(keys, listed));
        assert_eq!(said.status(), Some(2), "{said}");
        said.says(&format!("it has no key {listed}"));
    }
}
