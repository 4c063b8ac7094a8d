//! Reading of audit logs, line by line.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::VERSION;
use super::line::AuditLine;
use super::tally::AuditTally;

/// Maximum length of a line, in bytes. An entry is far shorter: its lists are cut.
const MAX_LINE: u64 = 16 << 20;

/// Size of the buffer of a file, in bytes.
const BUFFER: usize = 256 << 10;

/// First bytes of a file that is compressed with gzip (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reason why a log, or a part of it, was not counted.
#[derive(Debug)]
pub(crate) enum TallyError {
    /// The file cannot be read.
    Unreadable(io::Error),
    /// Lines are no entries: their number, and the first one, counted from 1.
    Lines {
        /// Number of lines.
        count: u64,
        /// Number of the first one.
        first: u64,
        /// True if the first one was written by a newer git-gate.
        newer: bool,
    },
}

impl fmt::Display for TallyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(f),
            Self::Lines { count: 1, first, newer: true } => {
                write!(f, "line {first} is from a newer git-gate")
            }
            Self::Lines { count: 1, first, newer: false } => {
                write!(f, "line {first} is no entry of an audit log")
            }
            Self::Lines { count, first, newer: true } => {
                write!(
                    f,
                    "{count} lines are not counted; line {first}, the first one, is from a newer git-gate"
                )
            }
            Self::Lines { count, first, newer: false } => {
                write!(f, "{count} lines are no entries of an audit log; the first one is line {first}")
            }
        }
    }
}

impl AuditTally {
    /// Counts the entries of a file, which may be compressed with gzip.
    ///
    /// # Errors
    /// Returns what was not counted. All other lines are.
    pub(crate) fn add_file(&mut self, path: &Path) -> Result<(), TallyError> {
        let mut file = BufReader::with_capacity(BUFFER, File::open(path).map_err(TallyError::Unreadable)?);
        let is_compressed = file.fill_buf().map_err(TallyError::Unreadable)?.starts_with(&GZIP);
        match is_compressed {
            true => self.add(&mut BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file))),
            false => self.add(&mut file),
        }
    }

    /// Counts the entries of a log.
    fn add(&mut self, log: &mut impl BufRead) -> Result<(), TallyError> {
        let (mut line, mut number, mut faulty) = (Vec::new(), 0, None);
        loop {
            line.clear();
            let read =
                log.by_ref().take(MAX_LINE).read_until(b'\n', &mut line).map_err(TallyError::Unreadable)?;
            if read == 0 {
                break;
            }
            number += 1;
            if read as u64 == MAX_LINE && !line.ends_with(b"\n") {
                log.skip_until(b'\n').map_err(TallyError::Unreadable)?;
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let parsed: Result<AuditLine<'_>, _> = serde_json::from_slice(&line);
            let newer = parsed.as_ref().is_ok_and(|line| line.version > VERSION);
            if !parsed.is_ok_and(|line| !newer && self.count(&line)) {
                let (count, _, _) = faulty.get_or_insert((0, number, newer));
                *count += 1;
            }
        }
        faulty.map_or(Ok(()), |(count, first, newer)| Err(TallyError::Lines { count, first, newer }))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::super::{Outcome, Outcomes, ReasonKind};
    use super::*;

    const LOG: &str = concat!(
        r#"{"version":1,"time":"2026-11-01T00:00:00Z","event":"refused","server":"gitlab","pusher":"ana","#,
        r#""repository":"/srv/a.git","refs":[],"denied":{"missing-signoff":3,"unpinned-uses":1},"warned":{},"#,
        r#""failure":null,"bypass":{"granted":false,"reason":"an \"outage\""}}"#,
        "\n",
        r#"{"time":"2026-11-02T00:00:00Z","event":"bypassed","pusher":"bo","repository":"/srv/a.git","#,
        r#""denied":{"unpinned-uses":1},"bypass":{"granted":true,"reason":"an outage"},"later":[1]}"#,
        "\n\n",
        r#"{"version":1,"time":"2026-11-03T00:00:00Z","event":"exempted","pusher":null,"repository":"/srv/b.git","#,
        r#""denied":{},"exempted":[{"rule":"unpinned-uses","path":"x","by":"policy","reason":"ours","count":2}],"#,
        r#""unsigned":[{"reason":"import","commits":5}]}"#,
        "\n",
    );

    fn tally(log: &str) -> (AuditTally, Result<(), TallyError>) {
        let mut tally = AuditTally::new(None);
        let result = tally.add(&mut log.as_bytes());
        (tally, result)
    }

    #[test]
    fn pushes_are_counted_by_rule_repository_person_and_reason() {
        let (tally, result) = tally(LOG);
        result.unwrap();
        assert_eq!(
            (tally.all.total(), tally.all.of(Outcome::Refused), tally.all.of(Outcome::Exempted)),
            (3, 1, 1)
        );
        let rule = |id: &str| {
            tally.rules.get(&id.to_owned()).map(|outcomes| (outcomes.of(Outcome::Refused), outcomes.total()))
        };
        assert_eq!((rule("missing-signoff"), rule("unpinned-uses")), (Some((1, 1)), Some((1, 3))));
        assert_eq!(tally.repositories.get(&"/srv/a.git".to_owned()).map(Outcomes::total), Some(2));
        assert_eq!(tally.people.get(&String::new()).map(Outcomes::total), Some(1));
        let reason = |kind, text: &str| tally.reasons.get(&(kind, text.to_owned())).copied();
        assert_eq!(reason(ReasonKind::BypassDenied, "an \"outage\""), Some(1));
        assert_eq!(reason(ReasonKind::Bypass, "an outage"), Some(1));
        assert_eq!(reason(ReasonKind::Exemption, "ours"), Some(1));
        assert_eq!(reason(ReasonKind::Unsigned, "import"), Some(1));
        assert_eq!(
            (tally.first.as_str(), tally.last.as_str()),
            ("2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z")
        );
    }

    #[test]
    fn older_pushes_are_left_out() {
        let mut tally = AuditTally::new(Some("2026-11-02T00:00:00Z".to_owned()));
        tally.add(&mut LOG.as_bytes()).unwrap();
        assert_eq!((tally.all.total(), tally.older), (2, 1));
    }

    #[test]
    fn lines_that_are_no_entries_are_counted_and_reported() {
        for (bad, expected) in [
            ("{\"time\":\"2026", "line 5 is no entry of an audit log"),
            ("[]\n\n{}\n", "2 lines are no entries of an audit log; the first one is line 5"),
            (
                r#"{"version":2,"time":"x","event":"refused","repository":"y"}"#,
                "line 5 is from a newer git-gate",
            ),
            (
                r#"{"time":"2026-11-01T00:00:00Z","event":"hanged","repository":"y"}"#,
                "line 5 is no entry of an audit log",
            ),
            (r#"{"time":"x","event":"refused","repository":"y"}"#, "line 5 is no entry of an audit log"),
            (
                r#"{"time":"2026-13-01T00:00:00Z","event":"refused","repository":"y"}"#,
                "line 5 is no entry of an audit log",
            ),
            (
                r#"{"time":"2026-11-01T00:00:00+01:00","event":"refused","repository":"y"}"#,
                "line 5 is no entry of an audit log",
            ),
        ] {
            let (tally, result) = tally(&format!("{LOG}{bad}"));
            assert_eq!(result.unwrap_err().to_string(), expected, "{bad}");
            assert_eq!(tally.all.total(), 3);
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_one_line() {
        let long = format!("{{\"repository\":\"{}\"}}\n", "x".repeat(MAX_LINE as usize * 2));
        let (tally, result) = tally(&format!("{long}{LOG}{long}"));
        let expected = "2 lines are no entries of an audit log; the first one is line 1";
        assert_eq!((result.unwrap_err().to_string().as_str(), tally.all.total()), (expected, 3));
    }

    #[test]
    fn compressed_logs_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.1.gz");
        let mut file =
            flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::fast());
        file.write_all(LOG.as_bytes()).unwrap();
        file.finish().unwrap();
        let mut tally = AuditTally::new(None);
        tally.add_file(&path).unwrap();
        assert_eq!(tally.all.total(), 3);
        let cut = std::fs::read(&path).unwrap();
        std::fs::write(&path, &cut[..cut.len() / 2]).unwrap();
        assert!(matches!(AuditTally::new(None).add_file(&path), Err(TallyError::Unreadable(_))));
    }
}
