//! Pins unpinned actions to an oid that is already known for the version that is written.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bstr::ByteSlice as _;

use super::{CheckedFile, Edit};
use crate::git::Oid;
use crate::workflow::{
    Document, LabelledPin, Reference, Repository, Uses, UsesClause, normal_version, version,
};

/// Rule whose problems are repaired.
pub(super) const RULE: &str = "unpinned-uses";

/// Known oids, by repository and version.
#[derive(Debug, Default)]
pub(crate) struct KnownPins(HashMap<(String, String), BTreeSet<String>>);

impl KnownPins {
    /// Adds the pins of a file that name their version.
    pub(crate) fn learn(&mut self, document: &Document) {
        document.all_labelled_pins().into_iter().for_each(|pin| self.add(pin));
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
                    let tag = repository.reference.as_str();
                    let key = (repository.repository_address(), normal_version(tag));
                    self.0.entry(key).or_default().insert(oid.clone());
                }
                _ => return Err("an entry is not of the form `owner/repository@version: <oid>`"),
            }
        }
        Ok(())
    }

    fn add(&mut self, pin: LabelledPin) {
        self.0.entry((pin.repository, pin.version)).or_default().insert(pin.oid);
    }

    /// Returns the only oid of a version; `None` if several are known, since any choice would be a guess.
    fn get(&self, repository: &Repository, version: &str) -> Option<&str> {
        let oids = self.0.get(&(repository.repository_address(), normal_version(version)))?;
        oids.first().filter(|_| oids.len() == 1).map(String::as_str)
    }
}

/// Returns the edits for the unpinned actions of a file.
pub(super) fn edits(file: &CheckedFile<'_>, known: &KnownPins) -> Vec<Edit> {
    let clauses: Vec<&UsesClause> = file.document.model.uses().map(|(_, clause)| clause).collect();
    // A version comment applies to its whole line. It would be ambiguous if a line has two actions.
    let mut lines = HashMap::new();
    clauses.iter().for_each(|clause| *lines.entry(file.document.line(clause.span)).or_insert(0) += 1);
    let alone = |clause: &UsesClause| lines.get(&file.document.line(clause.span)) == Some(&1);
    let broken = clauses.iter().filter(|clause| file.has(RULE, clause.span) && alone(clause));
    broken.filter_map(|clause| edit(file, clause, known)).flatten().collect()
}

/// Returns the edits that insert the oid, and the version in a comment unless a comment names one.
fn edit(file: &CheckedFile<'_>, clause: &UsesClause, known: &KnownPins) -> Option<Vec<Edit>> {
    let Uses::Repository(repository) = &clause.uses else { return None };
    let Reference::Name(tag) = &repository.reference else { return None };
    version(tag)?;
    let oid = known.get(repository, tag)?;
    let written = clause.span.slice(file.text);
    // The text of an escaped, folded or anchored value differs from the value.
    let bare = written.trim_with(|c| matches!(c, '\'' | '"'));
    if bare != clause.text.as_bytes() {
        return None;
    }
    let mut span = clause.span;
    span.start += written.rfind_byte(b'@')? + 1;
    span.end = span.start + tag.len();
    let pin = Edit { span, text: oid.as_bytes().to_vec(), repairs: RULE };
    Some([pin].into_iter().chain(label(file, clause, tag)).collect())
}

fn label(file: &CheckedFile<'_>, clause: &UsesClause, tag: &str) -> Option<Edit> {
    if file.document.comment(clause.span).is_some_and(|comment| version(&comment.to_string()).is_some()) {
        return None;
    }
    Some(match file.document.comment_span(clause.span) {
        Some(comment) => Edit::insert(comment.start + 1, format!(" {tag}").into_bytes(), ""),
        None => {
            let (_, rest) = file.text.split_at(clause.span.end);
            let line = rest.lines().next().unwrap_or_default();
            let end = clause.span.end + line.trim_end_with(|c| c.is_ascii_whitespace()).len();
            Edit::insert(end, format!(" # {tag}").into_bytes(), "")
        }
    })
}
