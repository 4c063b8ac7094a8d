//! A `gpg` with a home of its own, and a clock that a test sets.

use crate::support::{Run, Sandbox};

/// Home of `gpg` in a sandbox. Its agent ends with it.
pub(super) struct Gpg<'s> {
    sandbox: &'s Sandbox,
    home: String,
}

impl<'s> Gpg<'s> {
    pub(super) fn new(sandbox: &'s Sandbox) -> Self {
        Self::named(sandbox, "gnupg")
    }

    pub(super) fn named(sandbox: &'s Sandbox, name: &str) -> Self {
        sandbox.run("mkdir").args(["-m", "700", name]).ok();
        Self { sandbox, home: sandbox.path(name).to_str().unwrap().to_owned() }
    }

    fn run(&self, program: &str) -> Run {
        self.sandbox.run(program).env("GNUPGHOME", &self.home)
    }

    /// Builds a run of `gpg` at a time, in seconds since 1970.
    pub(super) fn at(&self, time: u64) -> Run {
        let clock = format!("{time}!");
        let fixed =
            ["--batch", "--no-tty", "--quiet", "--yes", "--pinentry-mode", "loopback", "--passphrase", ""];
        let lenient = ["--ignore-time-conflict", "--allow-weak-digest-algos"];
        self.run("gpg").args(fixed).args(lenient).args(["--faked-system-time", &clock])
    }

    /// Makes a key, and returns its fingerprint.
    pub(super) fn key(&self, user: &str, algorithm: &str, usage: &str, time: u64, expiry: &str) -> String {
        self.at(time).args(["--quick-gen-key", user, algorithm, usage, expiry]).ok();
        self.fingerprints(user).remove(0)
    }

    /// Adds a subkey, and returns its fingerprint.
    pub(super) fn subkey(&self, primary: &str, algorithm: &str, usage: &str, time: u64) -> String {
        self.at(time).args(["--quick-add-key", primary, algorithm, usage, "0"]).ok();
        self.fingerprints(primary).pop().unwrap()
    }

    /// Returns the fingerprints of a key and its subkeys, in the order in which they were made.
    pub(super) fn fingerprints(&self, key: &str) -> Vec<String> {
        let listing = self.at(super::DATE).args(["--with-colons", "--list-keys", key]).ok();
        let listing = String::from_utf8(listing.stdout().to_vec()).unwrap();
        let lines = listing.lines().filter_map(|line| line.strip_prefix("fpr:"));
        lines.map(|line| line.trim_matches(':').to_owned()).collect()
    }

    /// Signs bytes with a key, at a time and with more options.
    pub(super) fn sign(&self, key: &str, bytes: &str, time: u64, options: &[&str]) -> String {
        let run = self.at(time).args(options).args(["--armor", "--local-user", key, "--detach-sign"]);
        String::from_utf8(run.stdin(bytes).ok().stdout().to_vec()).unwrap()
    }

    /// Returns the certificate of a key, not armored.
    pub(super) fn export(&self, key: &str) -> Vec<u8> {
        self.at(super::DATE).args(["--export", key]).ok().stdout().to_vec()
    }

    /// Returns a revocation of a key at a time; the reason is a number of the menu of `gpg`.
    pub(super) fn revocation(&self, key: &str, time: u64, reason: &str) -> Vec<u8> {
        let clock = format!("{time}!");
        let options = ["--no-tty", "--quiet", "--yes", "--pinentry-mode", "loopback", "--passphrase", ""];
        let run = self.run("gpg").args(options).args(["--faked-system-time", &clock, "--command-fd", "0"]);
        let run = run.args(["--gen-revoke", key]).stdin(format!("y\n{reason}\n\ny\n"));
        run.ok().stdout().to_vec()
    }

    /// Answers the questions of `gpg --edit-key`, at a time.
    pub(super) fn edit(&self, key: &str, time: u64, answers: &str) {
        let clock = format!("{time}!");
        let options = ["--no-tty", "--quiet", "--yes", "--pinentry-mode", "loopback", "--passphrase", ""];
        let run = self.run("gpg").args(options).args(["--faked-system-time", &clock, "--command-fd", "0"]);
        run.args(["--edit-key", key]).stdin(answers).ok();
    }

    /// Returns a certificate with other certificates or revocations merged into it by `gpg`, armored.
    pub(super) fn merged(&self, parts: &[&[u8]], key: &str) -> String {
        for part in parts {
            self.at(super::DATE).args(["--import"]).stdin(part).transcript();
        }
        let armored = self.at(super::DATE).args(["--armor", "--export", key]).ok();
        String::from_utf8(armored.stdout().to_vec()).unwrap()
    }
}

impl Drop for Gpg<'_> {
    fn drop(&mut self) {
        self.run("gpgconf").args(["--kill", "all"]).transcript();
    }
}
