//! Remotes as git config describes them: their names, their URLs, and where a fetch keeps their refs.

use bstr::{BStr, BString, ByteSlice as _};

use super::refspec::FetchRefspec;
use crate::error::Result;
use crate::git::Git;

/// Keys of git config that describe remotes and rewrite their URLs.
const KEYS: &str = r"^(remote\..*\.(url|pushurl|fetch)|url\..*\.(insteadof|pushinsteadof))$";

/// Remotes of a clone.
#[derive(Debug, Default)]
pub(crate) struct Remotes {
    list: Vec<Remote>,
    /// Entries `insteadOf`.
    rewrites: Vec<UrlRewrite>,
    /// Entries `pushInsteadOf`.
    push_rewrites: Vec<UrlRewrite>,
}

/// A remote.
#[derive(Debug, Default)]
pub(crate) struct Remote {
    /// Name in git config.
    pub(crate) name: BString,
    urls: Vec<BString>,
    push_urls: Vec<BString>,
    pub(super) fetch: Vec<FetchRefspec>,
}

/// A start of URLs, and the text that git puts in its place.
#[derive(Debug)]
struct UrlRewrite {
    start: BString,
    replacement: BString,
}

/// Repository that a push is for, as git names it to the hook.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PushTarget<'a> {
    /// Name of the remote; without one, its URL as the user typed it. It may contain a password.
    pub(crate) name: &'a [u8],
    /// URL that git uses.
    pub(crate) url: &'a [u8],
}

impl Remotes {
    /// Reads the remotes from git config.
    ///
    /// # Errors
    /// Fails if git does not answer.
    pub(crate) fn read() -> Result<Self> {
        let answer = Git::new("config").args(["-z", "--get-regexp", KEYS]).answer()?;
        match answer.code {
            Some(0 | 1) => Ok(Self::parse(&answer.stdout)),
            _ => Err(answer.refusal("config")),
        }
    }

    fn parse(entries: &[u8]) -> Self {
        let mut remotes = Self::default();
        for entry in entries.split(|byte| *byte == 0) {
            let Some((key, value)) = entry.split_once_str("\n") else { continue };
            let (Some((section, _)), Some((_, variable))) =
                (key.split_once_str("."), key.rsplit_once_str("."))
            else {
                continue;
            };
            let name = key.get(section.len() + 1..key.len() - variable.len() - 1).unwrap_or_default();
            let rewrite = || UrlRewrite { start: value.into(), replacement: name.into() };
            match variable {
                b"insteadof" => remotes.rewrites.push(rewrite()),
                b"pushinsteadof" => remotes.push_rewrites.push(rewrite()),
                b"url" => set(&mut remotes.named(name).urls, value),
                b"pushurl" => set(&mut remotes.named(name).push_urls, value),
                _ => remotes.named(name).fetch.extend(FetchRefspec::parse(value)),
            }
        }
        remotes
    }

    fn named(&mut self, name: &[u8]) -> &mut Remote {
        let at = self.list.iter().position(|remote| remote.name == name).unwrap_or(self.list.len());
        if at == self.list.len() {
            self.list.push(Remote { name: name.into(), ..Remote::default() });
        }
        #[expect(clippy::indexing_slicing, reason = "the lines above make the entry")]
        &mut self.list[at]
    }

    /// Returns the remotes.
    pub(crate) fn list(&self) -> &[Remote] {
        &self.list
    }

    /// Returns the remotes that a push is for: those with its name or with its URL.
    pub(crate) fn of_push<'r>(&'r self, target: PushTarget<'_>) -> impl Iterator<Item = &'r Remote> {
        self.list.iter().filter(move |remote| {
            let is_target = |url: BString| url == target.url || url == target.name;
            remote.name == target.name || self.urls(remote).any(is_target)
        })
    }

    /// Returns the URLs of a remote, for a fetch and for a push, as they are written and as git rewrites them.
    fn urls<'r>(&'r self, remote: &'r Remote) -> impl Iterator<Item = BString> + 'r {
        let written = remote.urls.iter().chain(&remote.push_urls);
        let pushed = remote.urls.iter().filter_map(|url| rewritten(&self.push_rewrites, url.as_ref()));
        let fetched = written.clone().filter_map(|url| rewritten(&self.rewrites, url.as_ref()));
        written.cloned().chain(fetched).chain(pushed)
    }
}

/// Adds a value of a key with several values; an empty one removes those before.
fn set(values: &mut Vec<BString>, value: &[u8]) {
    if value.is_empty() {
        values.clear();
    } else {
        values.push(value.into());
    }
}

/// Returns a URL with its start replaced; `None` if none of the rewrites applies. The longest start counts.
fn rewritten(rewrites: &[UrlRewrite], url: &BStr) -> Option<BString> {
    let applying = rewrites.iter().filter(|rewrite| url.starts_with(&rewrite.start));
    let longest = applying.rev().max_by_key(|rewrite| rewrite.start.len())?;
    let rest = url.strip_prefix(longest.start.as_slice())?;
    Some([longest.replacement.as_slice(), rest].concat().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(entries: &str, name: &str, url: &str) -> Vec<String> {
        let entries = entries.replace(" = ", "\n").replace('|', "\0");
        let remotes = Remotes::parse(entries.as_bytes());
        let target = PushTarget { name: name.as_bytes(), url: url.as_bytes() };
        remotes.of_push(target).map(|remote| remote.name.to_string()).collect()
    }

    #[test]
    fn remote_is_found_by_its_name_and_its_urls() {
        let entries = "remote.up.url = gh:a/b|url.https://host/.insteadof = gh:|url.git@host:.pushinsteadof = gh:|\
                       remote.a.b.url = ../x|remote.two.url = gone|remote.two.url = |remote.two.pushurl = gh:c";
        for (name, url, expected) in [
            ("up", "git@host:a/b", &["up"][..]),
            ("gh:a/b", "git@host:a/b", &["up"]),
            ("https://host/a/b", "https://host/a/b", &["up"]),
            ("git@host:a/b", "git@host:a/b", &["up"]),
            ("a.b", "../x", &["a.b"]),
            ("../x", "../x", &["a.b"]),
            ("https://host/c", "https://host/c", &["two"]),
            ("gone", "gone", &[]),
            ("*", "elsewhere", &[]),
        ] {
            assert_eq!(targets(entries, name, url), expected, "{name} {url}");
        }
    }

    #[test]
    fn the_longest_start_is_rewritten() {
        let rewrite = |start: &str, replacement: &str| UrlRewrite {
            start: start.into(),
            replacement: replacement.into(),
        };
        let rewrites = [rewrite("gh:", "1/"), rewrite("gh:a/", "2/"), rewrite("gh:a/", "3/")];
        assert_eq!(rewritten(&rewrites, "gh:a/b".into()), Some("2/b".into()));
        assert_eq!(rewritten(&rewrites, "gh:b".into()), Some("1/b".into()));
        assert_eq!(rewritten(&rewrites, "x".into()), None);
    }
}
