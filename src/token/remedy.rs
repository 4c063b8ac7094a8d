//! What to say of a leak: what it is, and the command that removes it. Never a byte of the secret.

use super::{Kind, Leak, Origin};

use crate::report::{Place, Problem};

impl Leak {
    /// The problem that it is.
    pub(crate) fn problem(&self) -> Problem {
        Problem {
            message: self.message(),
            help: Some(self.help()),
            notes: self.notes(),
            place: Place::Hidden { line: self.line, column: self.column },
            identity: self.secret.expose().into(),
        }
    }

    /// What stands there, as a phrase with everything from outside escaped.
    pub fn message(&self) -> String {
        let what = self.what();
        let size = self.secret.len();
        let host = self.host.as_ref().map_or(String::new(), |host| format!(" for `{host}`"));
        match &self.key {
            Some(key) => format!("`{key}` contains {what}{host} ({size} bytes)"),
            None => format!("{what}{host} ({size} bytes)"),
        }
    }

    /// The command or the edit that removes it.
    pub fn help(&self) -> String {
        match &self.origin {
            Origin::Live { option } => self.live_help(option),
            Origin::Blob => self.blob_help(),
            Origin::Message => "reword it: `git commit --amend`, or `git rebase -i` and `reword`".into(),
            Origin::Name => "rename it".into(),
        }
    }

    /// What else to do: whatever has been seen must be revoked.
    pub fn notes(&self) -> Vec<String> {
        let revoke = match self.detector {
            Some(detector) => format!("revoke it at {}: it may have been read", detector.provider),
            None => "revoke or change it: it may have been read".to_owned(),
        };
        let persisted = self.kind == Kind::BasicHeader && self.key.is_some();
        let checkout = "`actions/checkout` writes this header: set `persist-credentials: false`";
        [Some(revoke), persisted.then(|| checkout.to_owned())].into_iter().flatten().collect()
    }

    /// The key, when it can be named as it is.
    pub(crate) fn named_key(&self) -> Option<&str> {
        self.key.as_deref().filter(|key| plain(key) && key.contains('.'))
    }

    fn what(&self) -> String {
        if let Some(detector) = self.detector {
            let prefix = detector.prefix();
            let shown = if prefix.is_empty() { String::new() } else { format!(" `{prefix}***`") };
            return format!("a {}{shown}{}", detector.name, self.position());
        }
        match self.kind {
            Kind::Token | Kind::KeyedToken => "a token",
            Kind::UrlUser => "a token as the user of a URL",
            Kind::UrlPassword => "a password in a URL",
            Kind::UrlParameter => "a token in the query of a URL",
            Kind::BasicHeader => "credentials in an `Authorization: basic` header",
            Kind::BearerHeader => "a token in an `Authorization` header",
            Kind::Header => "a credential in a header",
            Kind::Command => "a literal secret in a command",
            Kind::Password => "a password",
            Kind::Netrc => "a netrc password",
            Kind::StoredCredential => "a stored password",
            Kind::Cookie => "an authentication cookie",
            Kind::AwsKey => "an AWS secret access key",
            Kind::AwsKeyId => "an AWS access key id with its secret key",
            Kind::NonceSeed => "the secret for push certificates",
        }
        .to_owned()
    }

    fn position(&self) -> &'static str {
        match self.kind {
            Kind::UrlUser | Kind::UrlPassword | Kind::UrlParameter => " in a URL",
            Kind::BasicHeader | Kind::BearerHeader | Kind::Header => " in a header",
            Kind::Command => " in a command",
            Kind::Netrc => " in a netrc entry",
            Kind::StoredCredential => " in the credential store",
            Kind::Cookie => " in a cookie",
            _ => "",
        }
    }

    fn live_help(&self, option: &str) -> String {
        match (&self.key, &self.replacement) {
            (Some(key), Some(url)) if plain(key) => {
                format!("`git config {option} --replace-all {} {}`", quoted(key), quoted(url))
            }
            (Some(key), None) if plain(key) => format!("`git config {option} --unset-all {}`", quoted(key)),
            _ => match self.kind {
                Kind::StoredCredential => {
                    "remove it with `git credential reject`, then use a credential helper that encrypts"
                        .into()
                }
                Kind::Cookie | Kind::Netrc => format!("delete line {} of the file", self.line),
                _ => format!("delete line {}: `git config {option} --edit`", self.line),
            },
        }
    }

    fn blob_help(&self) -> String {
        let instead = match self.kind {
            Kind::UrlUser | Kind::UrlPassword | Kind::StoredCredential | Kind::Netrc => {
                "use a credential helper instead"
            }
            Kind::BasicHeader | Kind::BearerHeader | Kind::Header => {
                "set the header in the job that needs it"
            }
            _ => "read it from the environment or from a secret store",
        };
        format!("remove it from the commit that adds it, and {instead}")
    }
}

/// Whether a key is shown as it is, so that a command can name it.
fn plain(key: &str) -> bool {
    !key.contains("***") && !key.contains("\\x") && !key.contains("\\u{")
}

/// A word for a shell.
pub(crate) fn quoted(word: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if word.chars().all(safe) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
