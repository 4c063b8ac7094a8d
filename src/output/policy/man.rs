//! Manual page of the policy file, git-gate-policy(5).

use clap_mangen::roff::{Roff, bold, italic, roman};

use super::{description, kind, words, yaml};
use crate::policy::{KeyKind, keys};

/// Renders the manual page.
pub(crate) fn man_page() -> String {
    let mut page = Roff::new();
    let version = concat!("git-gate ", env!("CARGO_PKG_VERSION"));
    page.control("TH", ["git-gate-policy", "5", "", version, ""]);
    page.control("SH", ["NAME"]);
    page.text([roman("git-gate-policy - policy file of git-gate")]);
    page.control("SH", ["DESCRIPTION"]);
    page.text([roman(
        "A policy is a YAML file. In a clone it is .git-gate.yml at the top of the work tree. On a server it is the file \
         that git config gate.policy names, else git-gate.yml in the git directory, else /etc/git-gate.yml, and never a \
         file from a push. Unknown keys and values are errors.",
    )]);
    page.control("PP", []);
    page.text([roman(
        "git gate policy init writes a new one, git gate policy check checks one, git gate policy show says what is in \
         force.",
    )]);
    page.control("SH", ["KEYS"]);
    for key in keys() {
        page.control("TP", []);
        let default = match (&key.default, key.required) {
            (_, true) => ", required".to_owned(),
            (Some(value), _) => format!(", default: {}", yaml(value)),
            (None, _) => String::new(),
        };
        page.text([bold(key.name()), roman(format!(" ({}{default})", kind(&key)))]);
        page.text([roman(description(&key))]);
        for (word, meaning) in words(&key).into_iter().filter(|_| key.kind == KeyKind::Text) {
            page.control("br", []);
            let meaning = if meaning.is_empty() { String::new() } else { format!(": {meaning}") };
            page.text([italic(word), roman(meaning)]);
        }
    }
    page.control("SH", ["SEE ALSO"]);
    page.text([bold("git-gate"), roman("(1), "), bold("git-gate-policy"), roman("(1)")]);
    page.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_key() {
        let page = man_page().replace(r"\-", "-").replace(r"\.", ".");
        for key in keys() {
            assert!(page.contains(&format!(r"\fB{}\fR (", key.name())), "{}\n{page}", key.name());
        }
    }
}
