//! Old findings of a policy, of which only what is asked for is read.
//!
//! A fleet may have hundreds of thousands of them, and a push asks for few.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::trust::{self, MAX_BASELINE, Origin};
use crate::error::Result;
use crate::report::{Baseline, BaselineEntry, BaselineLine, Finding};

/// Size up to which a baseline is read at once, in bytes: that of about 1,500 findings.
const SMALL: u64 = 256 << 10;

/// Maximum number of findings that are searched in the file one by one. Reading it whole costs about as much.
const MAX_SEARCHES: usize = 8;

/// Old findings that are let through.
#[derive(Debug, Clone)]
pub(crate) struct OldFindings(Arc<Source>);

#[derive(Debug)]
enum Source {
    All(Baseline),
    /// File that is not read yet.
    File(LargeFile),
}

/// File with one finding a line.
#[derive(Debug)]
struct LargeFile {
    path: PathBuf,
    /// The file, and the number of searches in it.
    opened: Mutex<(File, usize)>,
    /// All findings, once they are read.
    all: OnceLock<Baseline>,
}

impl From<Baseline> for OldFindings {
    fn from(all: Baseline) -> Self {
        Self(Arc::new(Source::All(all)))
    }
}

impl OldFindings {
    /// Opens a baseline, and reads it if it is small.
    ///
    /// # Errors
    /// As [`trust::open_file`] and [`Baseline::parse`].
    pub(super) fn open(path: &Path, origin: Origin<'_>) -> Result<Self> {
        let mut file = trust::open_file(path, origin)?;
        let is_large = file
            .metadata()
            .is_ok_and(|found| found.is_file() && (SMALL..=MAX_BASELINE).contains(&found.len()));
        if is_large {
            let unreadable = |error| trust::unreadable(path, error);
            if is_ended(&mut file).map_err(unreadable)? {
                let (opened, all) = (Mutex::new((file, 0)), OnceLock::new());
                let file = LargeFile { path: path.to_owned(), opened, all };
                return Ok(Self(Arc::new(Source::File(file))));
            }
            file.rewind().map_err(unreadable)?;
        }
        Ok(Baseline::parse(&trust::read_opened(&file, path, MAX_BASELINE)?, path)?.into())
    }

    /// Returns for each finding whether it is an old one.
    ///
    /// # Errors
    /// As [`OldFindings::contain`].
    pub(crate) fn among(&self, findings: &[Finding]) -> Result<Vec<bool>> {
        if findings.len() > MAX_SEARCHES {
            self.all()?;
        }
        findings.iter().map(|finding| self.contain(finding)).collect()
    }

    /// Returns whether a finding is an old one.
    ///
    /// # Errors
    /// Fails when the file cannot be read, or is no baseline. An error in what no finding asks for is not noticed.
    pub(crate) fn contain(&self, finding: &Finding) -> Result<bool> {
        let Some(entry) = BaselineEntry::of(finding) else { return Ok(false) };
        if let Source::File(file) = &*self.0
            && let Some(is_old) = file.search(&entry)?
        {
            return Ok(is_old);
        }
        Ok(self.all()?.contains(&entry))
    }

    /// Reads all of them.
    ///
    /// # Errors
    /// As [`OldFindings::contain`], and for any error.
    pub(super) fn check(&self) -> Result<()> {
        self.all().map(drop)
    }

    fn all(&self) -> Result<&Baseline> {
        match &*self.0 {
            Source::All(all) => Ok(all),
            Source::File(file) => file.all(),
        }
    }
}

impl LargeFile {
    /// Returns all findings, and reads them if they are not read yet.
    ///
    /// # Errors
    /// Fails when the file cannot be read, or is no baseline.
    fn all(&self) -> Result<&Baseline> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        match self.all.get() {
            Some(all) => Ok(all),
            None => self.read(&mut opened.0).map(|read| self.all.get_or_init(|| read)),
        }
    }

    /// Returns whether an entry is in the file; `None` if that is not known without reading all of it, or if all is read.
    ///
    /// # Errors
    /// Fails when the file cannot be read.
    fn search(&self, entry: &BaselineEntry) -> Result<Option<bool>> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, searches) = &mut *opened;
        if *searches == MAX_SEARCHES || self.all.get().is_some() {
            return Ok(None);
        }
        *searches += 1;
        let mark = memchr::memmem::Finder::new(entry.mark());
        let (mut is_known, mut is_last) = (Some(false), false);
        let read = each_line(file, |line| {
            // What a search does not parse has at least the form of an entry, and no letter in another notation.
            let is_other = line.starts_with(b"{\"rule\":")
                && mark.find(line).is_none()
                && memchr::memchr(b'\\', line).is_none();
            is_last = false;
            if is_other {
                return ControlFlow::Continue(());
            }
            match BaselineLine::parse(line) {
                Some(BaselineLine::Last) => is_last = true,
                Some(BaselineLine::Entry { entry: found, .. }) if found == *entry => is_known = Some(true),
                Some(BaselineLine::First | BaselineLine::Entry { .. }) => {}
                None => is_known = None,
            }
            if is_known == Some(false) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        read.map_err(|error| trust::unreadable(&self.path, error))?;
        // A file that was cut off has no last line.
        Ok(is_known.filter(|is_old| *is_old || is_last))
    }

    /// Reads all findings.
    fn read(&self, file: &mut File) -> Result<Baseline> {
        let unreadable = |error| trust::unreadable(&self.path, error);
        match read_lines(file).map_err(unreadable)? {
            Some(all) => Ok(all),
            None => {
                file.rewind().map_err(unreadable)?;
                Baseline::parse(&trust::read_opened(file, &self.path, MAX_BASELINE)?, &self.path)
            }
        }
    }
}

/// Line that has to come next in a file that this program has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NextLine {
    First,
    Entry,
    Last,
    /// None: the file is complete.
    End,
}

/// Reads all findings of a file that this program has written; `None` if it is of another form.
fn read_lines(file: &mut File) -> io::Result<Option<Baseline>> {
    let (mut all, mut next) = (Baseline::default(), Some(NextLine::First));
    each_line(file, |line| {
        next = match (next, BaselineLine::parse(line)) {
            (Some(NextLine::First), Some(BaselineLine::First)) => Some(NextLine::Entry),
            (Some(NextLine::Entry), Some(BaselineLine::Entry { entry, is_followed })) => {
                all.add(&entry);
                Some(if is_followed { NextLine::Entry } else { NextLine::Last })
            }
            (Some(NextLine::Last), Some(BaselineLine::Last)) => Some(NextLine::End),
            _ => None,
        };
        if next.is_some() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok((next == Some(NextLine::End)).then_some(all))
}

/// Returns whether a file ends as a baseline does, and was not cut off.
fn is_ended(file: &mut File) -> io::Result<bool> {
    let mut end = Vec::new();
    file.seek(SeekFrom::End(-16))?;
    file.read_to_end(&mut end)?;
    Ok(end.trim_ascii_end().ends_with(b"}"))
}

/// Calls a function for each line of a file, until it breaks.
fn each_line(file: &mut File, mut of_line: impl FnMut(&[u8]) -> ControlFlow<()>) -> io::Result<()> {
    file.rewind()?;
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        if of_line(&line).is_break() {
            break;
        }
        line.clear();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::git::Oid;
    use crate::report::{Level, LevelSource, Location};
    use crate::rules;

    /// Number of old findings whose file is not small.
    const OLD: usize = 4_000;

    fn finding(number: usize) -> Finding {
        let commit = Oid::from_hex(format!("{number:040x}").as_bytes());
        let location = Location::Commit { commit, subject: "x".into(), line: None };
        Finding::bare(rules::find("missing-signoff").unwrap(), Level::Deny, LevelSource::Default, location)
    }

    /// Returns the text of a baseline of even numbers.
    fn text() -> String {
        Baseline::of(&(0..OLD).map(|number| finding(2 * number)).collect::<Vec<_>>()).unwrap().1
    }

    fn opened(text: &str) -> Result<OldFindings> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.json");
        std::fs::write(&path, text).unwrap();
        assert!(text.len() as u64 > SMALL);
        OldFindings::open(&path, Origin::User)
    }

    #[test]
    fn one_and_many_findings_are_found_in_any_form_of_the_file() {
        let pretty: serde_json::Value = serde_json::from_str(&text()).unwrap();
        let escaped = text().replacen(&format!("{:040x}", 0), &format!("\\u0030{:039x}", 0), 1);
        let mut others: String = text();
        let last = "]}\n";
        others.truncate(others.len() - last.len());
        let _ = write!(
            others,
            ",\n{{\"kind\": \"commit\", \"rule\": \"missing-signoff\", \"oid\": \"{:040x}\", ",
            1
        );
        others += "\"path\": null, \"line\": null, \"column\": null}\n]}\n";
        for (name, text, has_1) in [
            ("as it is written", text(), false),
            ("without line ends", pretty.to_string(), false),
            ("with more of them", serde_json::to_string_pretty(&pretty).unwrap(), false),
            ("with an entry by hand", others, true),
            ("with an oid in another notation", escaped, false),
            ("from Windows", text().replace('\n', "\r\n"), false),
        ] {
            for count in [1, MAX_SEARCHES, MAX_SEARCHES + 2] {
                let findings: Vec<_> = (0..count).map(finding).collect();
                let expected: Vec<_> =
                    (0..count).map(|number| number % 2 == 0 || has_1 && number == 1).collect();
                assert_eq!(opened(&text).unwrap().among(&findings).unwrap(), expected, "{name}, {count}");
                let old_findings = opened(&text).unwrap();
                let each = findings.iter().map(|finding| old_findings.contain(finding).unwrap());
                assert_eq!(each.collect::<Vec<_>>(), expected, "{name}, {count} one by one");
            }
            assert!(!opened(&text).unwrap().contain(&finding(2 * OLD)).unwrap(), "{name}");
        }
    }

    #[test]
    fn damage_is_an_error_where_a_finding_may_be() {
        let (whole, old) = (text(), format!("{:040x}", 2 * OLD - 2));
        let cut = whole.split_at(whole.len() - 3).0.to_owned();
        let inside = whole.replacen("},\n{\"rule\":", "},\n{\"role\":", 1);
        for (name, text, asked) in [
            ("no last line", cut, Some(2 * OLD)),
            ("no comma", whole.replacen("},\n", "}\n", 1), None),
            ("a comma before the end", whole.replace("}\n]}", "},\n]}"), None),
            ("more behind the end", format!("{whole}{}", whole.lines().nth(1).unwrap_or_default()), None),
            ("twice", format!("{whole}{whole}"), None),
            ("an unknown key", inside, Some(2 * OLD - 2)),
            ("no list", format!("[{whole}]"), Some(2 * OLD - 2)),
            ("another version", whole.replace("\"version\": 1", "\"version\": 2"), Some(2 * OLD - 2)),
            ("a broken entry", whole.replace(&old, &format!("{old}\", \"x")), Some(2 * OLD - 2)),
        ] {
            let is_asked = |asked| opened(&text).and_then(|old| old.contain(&finding(asked)));
            assert!(asked.is_none_or(|asked| is_asked(asked).is_err()), "{name}");
            assert!(opened(&text).and_then(|old| old.check()).is_err(), "{name}");
        }
        assert!(opened(&whole).unwrap().check().is_ok());
    }
}
