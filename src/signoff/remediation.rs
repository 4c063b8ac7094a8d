//! Remediation: signing off an earlier commit by a later one, in the wording of the DCO apps.

use bstr::ByteSlice as _;

use super::{Identity, message};
use crate::git::{CommitText, Oid};
use crate::text::decode::decode;

/// A line that signs off another commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declaration {
    /// Author of the other commit.
    pub author: Identity,
    /// Person who signs for the author; `None` if the author signs.
    pub representative: Option<Identity>,
    /// The commit that is signed off.
    pub commit: Oid,
}

const HEREBY: &[u8] = b", hereby add my signed-off-by to this commit:";
const ON_BEHALF: &[u8] = b"on behalf of ";
const I: &[u8] = b"i, ";

/// Returns whether a message appears to sign off another commit, even in inexact wording.
pub(crate) fn is_mentioned(text: &CommitText) -> bool {
    let starts = |comma| text.message.get(comma..).is_some_and(|rest| strip_prefix(rest, HEREBY).is_some());
    memchr::memchr_iter(b',', &text.message).any(starts)
}

/// Parses the declarations of a commit. Ignores lines that do not match one of the two wordings exactly.
pub(crate) fn declarations(text: &CommitText) -> Vec<Declaration> {
    if !is_mentioned(text) {
        return Vec::new();
    }
    let encoding = text.encoding.as_ref().map(|encoding| encoding.as_slice());
    message::read(&text.message)
        .lines()
        .filter_map(|line| Declaration::read(&decode(line, encoding)))
        .collect()
}

impl Declaration {
    fn read(line: &[u8]) -> Option<Self> {
        let at = line.to_ascii_lowercase().rfind(HEREBY)?;
        let (who, oid) = (line.get(..at)?, line.get(at + HEREBY.len()..)?);
        let commit = Oid::from_hex(&oid.trim_ascii().to_ascii_lowercase())?;
        if let Some(who) = strip_prefix(who, ON_BEHALF) {
            let at = who.to_ascii_lowercase().find(b">, i, ")? + 1;
            let author = Identity::of_trailer(who.get(..at)?)?;
            let representative = strip_prefix(who.get(at + 2..)?, I).and_then(Identity::of_trailer)?;
            return Some(Self { author, representative: Some(representative), commit });
        }
        let author = Identity::of_trailer(strip_prefix(who, I)?)?;
        Some(Self { author, representative: None, commit })
    }
}

/// Returns the line by which an author signs off an earlier commit.
pub(crate) fn own_line(author: &Identity, commit: Oid) -> String {
    format!("I, {author}, hereby add my Signed-off-by to this commit: {commit}")
}

fn strip_prefix<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "11bd71901bbe5b1630ceea73d27597364c9af683";

    fn read(message: &str) -> Vec<Declaration> {
        declarations(&CommitText { message: message.into(), ..CommitText::default() })
    }

    #[test]
    fn both_wordings_are_read_on_any_line() {
        let ana = Identity::new("Ana Ruiz", "ana@x.test");
        let commit = Oid::from_hex(OID.as_bytes()).unwrap();
        let own = Declaration { author: ana.clone(), representative: None, commit };
        for line in [
            format!("I, Ana Ruiz <ana@x.test>, hereby add my Signed-off-by to this commit: {OID}"),
            format!("i, Ana Ruiz <ana@x.test>, HEREBY add my signed-off-by to this commit:   {OID}  "),
            format!(
                "I, Ana Ruiz <ana@x.test>, hereby add my Signed-off-by to this commit: {}\r",
                OID.to_uppercase()
            ),
        ] {
            assert_eq!(read(&line), std::slice::from_ref(&own), "{line}");
            assert_eq!(read(&format!("title\n\nwhy\n{line}\nmore\n")), std::slice::from_ref(&own), "{line}");
        }
        let line = format!(
            "On behalf of Ana Ruiz <ana@x.test>, I, Bo <bo@x.test>, hereby add my Signed-off-by to this commit: {OID}"
        );
        let representative = Some(Identity::new("Bo", "bo@x.test"));
        assert_eq!(read(&line), [Declaration { author: ana, representative, commit }]);
    }

    #[test]
    fn written_line_is_read_again() {
        let (author, commit) =
            (Identity::new("Ana Ruiz", "ana@x.test"), Oid::from_hex(OID.as_bytes()).unwrap());
        assert_eq!(read(&own_line(&author, commit)), [Declaration { author, representative: None, commit }]);
    }

    #[test]
    fn other_lines_declare_nothing() {
        for line in [
            format!("> I, Ana <ana@x.test>, hereby add my Signed-off-by to this commit: {OID}"),
            format!("So I, Ana <ana@x.test>, hereby add my Signed-off-by to this commit: {OID}"),
            format!("I, Ana, hereby add my Signed-off-by to this commit: {OID}"),
            format!("I, Ana <ana@x.test>, hereby add my Signed-off-by to this commit: {OID}."),
            format!(
                "For Ana <ana@x.test>, I, Bo <bo@x.test>, hereby add my Signed-off-by to this commit: {OID}"
            ),
            "I, Ana <ana@x.test>, hereby add my Signed-off-by to this commit: 11bd719".into(),
            format!("I, Ana <ana@x.test>, hereby add my Signed-off-by to these commits: {OID}"),
        ] {
            assert_eq!(read(&line), [], "{line}");
        }
    }

    #[test]
    fn apparent_declarations_are_noticed() {
        let is_mentioned =
            |message: &str| is_mentioned(&CommitText { message: message.into(), ..CommitText::default() });
        assert!(is_mentioned("s\n\nI, Ana, hereby add my Signed-off-by to this commit: 1\n"));
        assert!(is_mentioned("s\n\ni, Ana, HEREBY ADD MY signed-off-by to this commit: 1\n"));
        assert!(!is_mentioned("s\n\nSigned-off-by: Ana <ana@x.test>\n"));
    }

    #[test]
    fn nothing_is_declared_below_a_scissors_line() {
        let scissors = "# ------------------------ >8 ------------------------";
        let line = format!("I, Ana <ana@x.test>, hereby add my Signed-off-by to this commit: {OID}");
        assert_eq!(read(&format!("title\n\n{scissors}\n{line}\n")), []);
    }
}
