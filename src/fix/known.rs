//! Commits of versions that are known: from pins with a label, lock files, and the tags of a repository.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::git::Oid;
use crate::workflow::{Document, LabelledPin, Reference, Release, Repository, Uses, normal_version, version};

/// Commits of the versions of each repository.
#[derive(Debug, Default)]
pub(crate) struct KnownPins {
    /// Oids, by repository and version.
    oids: HashMap<(String, String), BTreeSet<String>>,
    /// Labels as they were written, by repository and oid.
    labels: HashMap<(String, String), BTreeSet<String>>,
    /// Tags and their commits, of the repositories that were asked.
    remote: HashMap<String, BTreeMap<String, String>>,
}

/// Commit of a version, and the tag to write behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownPin {
    pub(super) oid: String,
    pub(super) label: String,
}

impl KnownPins {
    /// Adds the pins of a file that name their version, and the entries of a lock file.
    pub(crate) fn learn(&mut self, document: &Document) {
        for pin in document.all_labelled_pins() {
            let comment = document.comment(pin.span).map(ToString::to_string).unwrap_or_default();
            let label = written_label(&comment, &pin);
            self.add(pin.repository, &label, pin.oid);
        }
    }

    /// Adds the entries of a lock file, which map `owner/repository@version` to an oid.
    ///
    /// # Errors
    /// Returns a message about the first entry of another form.
    pub(crate) fn learn_lock(&mut self, entries: &BTreeMap<String, String>) -> Result<(), &'static str> {
        for (name, oid) in entries {
            match Uses::parse(name) {
                Uses::Repository(repository @ Repository { reference: Reference::Name(_), .. })
                    if Oid::from_hex(oid.as_bytes()).is_some() =>
                {
                    self.add(repository.repository_address(), repository.reference.as_str(), oid.clone());
                }
                _ => return Err("an entry is not of the form `owner/repository@version: <oid>`"),
            }
        }
        Ok(())
    }

    /// Adds the tags of a repository, each with its commit. They count more than anything else that is known of it.
    pub(crate) fn learn_tags(&mut self, repository: &str, tags: BTreeMap<String, String>) {
        self.remote.insert(repository.to_owned(), tags);
    }

    fn add(&mut self, repository: String, label: &str, oid: String) {
        self.labels.entry((repository.clone(), oid.clone())).or_default().insert(label.to_owned());
        self.oids.entry((repository, normal_version(label))).or_default().insert(oid);
    }

    /// Returns the only commit of a tag; `None` if several are known, since any choice would be a guess.
    pub(super) fn pin(&self, repository: &Repository, tag: &str) -> Option<KnownPin> {
        let name = repository.repository_address();
        if let Some(tags) = self.remote.get(&name) {
            let oid = tags.get(tag)?;
            let label =
                most_specific(tags.iter().filter(|(_, other)| *other == oid).map(|(tag, _)| tag), tag);
            return Some(KnownPin { oid: oid.clone(), label: label.unwrap_or_else(|| tag.to_owned()) });
        }
        version(tag)?;
        let oids = self.oids.get(&(name, normal_version(tag)))?;
        let oid = oids.first().filter(|_| oids.len() == 1)?;
        Some(KnownPin { oid: oid.clone(), label: tag.to_owned() })
    }

    /// Returns the newest known release that a short version stands for, such as v6.4.0 for `v6`.
    ///
    /// The tag itself may be at a newer one by now.
    pub(super) fn newest(&self, repository: &Repository, tag: &str) -> Option<KnownPin> {
        let (name, wanted) = (repository.repository_address(), Release::parse(tag)?);
        let known = self.labels.iter().filter(|((repository, _), _)| *repository == name);
        let pins = known.flat_map(|((_, oid), labels)| labels.iter().map(move |label| (label, oid)));
        let covered = pins.filter_map(|(label, oid)| {
            let release =
                Release::parse(label).filter(|release| wanted.covers(release) && !release.is_early())?;
            Some((release, label, oid))
        });
        let (_, label, oid) = covered.max_by(|(a, label, _), (b, other, _)| {
            a.compare(b).unwrap_or_else(|| a.parts().cmp(&b.parts())).then(label.cmp(other))
        })?;
        let oids = self.oids.get(&(name, normal_version(label)))?;
        (oids.len() == 1).then(|| KnownPin { oid: oid.clone(), label: label.clone() })
    }

    /// Returns the most specific tag that is known to name a commit.
    pub(super) fn label(&self, repository: &Repository, oid: &str) -> Option<String> {
        let name = repository.repository_address();
        match self.remote.get(&name) {
            Some(tags) => {
                most_specific(tags.iter().filter(|(_, other)| *other == oid).map(|(tag, _)| tag), "v")
            }
            None => most_specific(self.labels.get(&(name, oid.to_owned()))?.iter(), "v"),
        }
    }
}

/// Returns the tag with the most parts of those that are versions; of equal ones, one that is spelled like `like`.
fn most_specific<'t>(tags: impl Iterator<Item = &'t String>, like: &str) -> Option<String> {
    let versions = tags.filter_map(|tag| Some((Release::parse(version(tag)?)?, tag)));
    let best = versions.max_by_key(|(release, tag)| {
        (
            release.parts(),
            !release.is_early(),
            tag.starts_with('v') == like.starts_with('v'),
            tag.starts_with(like),
            std::cmp::Reverse(tag.len()),
        )
    });
    best.map(|(_, tag)| tag.clone())
}

/// Returns the label of a pin as it was written: in the comment, or behind the `@` of an entry of a lock file.
fn written_label(comment: &str, pin: &LabelledPin) -> String {
    let version = pin.version.as_str();
    let reference = pin.uses.rsplit_once('@').map(|(_, reference)| reference);
    if let Some(reference) = reference.filter(|reference| normal_version(reference) == version) {
        return reference.to_owned();
    }
    let has_v = comment.match_indices(version).any(|(at, _)| {
        let before = comment.get(..at).unwrap_or_default();
        before.strip_suffix('v').is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric()))
    });
    // An entry of a lock file has no comment; nearly every tag begins with a `v`.
    let is_bare = !has_v && !comment.is_empty() || version.contains('/');
    if is_bare { version.to_owned() } else { format!("v{version}") }
}
