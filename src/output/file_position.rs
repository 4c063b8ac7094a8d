//! Maps a finding to file, line and column, for formats that support nothing else.

use super::wording;
use crate::report::{Finding, Location};

/// Returns the line of a location; 1 if it has none.
pub(super) fn line(location: &Location) -> u32 {
    wording::line(location).unwrap_or(1).max(1)
}

/// Returns the first column and the one after the last, in characters, from 1.
///
/// A finding counts bytes. Bytes and characters are the same only in ASCII text, which the snippet shows;
/// otherwise returns `None`.
pub(super) fn columns(finding: &Finding) -> Option<(u32, u32)> {
    let Location::Blob { column: Some(column), .. } = finding.location else { return None };
    let snippet = finding.snippet.as_ref()?;
    let end = snippet.start.checked_add(snippet.len)?;
    let shown = snippet.text.get(..end)?;
    let exact = shown.is_ascii() && !shown.contains('\\') && u32::try_from(snippet.start + 1) == Ok(column);
    exact.then_some((column, column.checked_add(u32::try_from(snippet.len).ok()?)?))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{blob, commit, git_config, refname};
    use super::*;

    #[test]
    fn every_location_has_a_relative_path() {
        let oid = "11".repeat(20);
        for (finding, expected) in [
            (blob("a b/c.yml", 3), "a b/c.yml".to_owned()),
            (blob("", 3), format!("blob/{oid}")),
            (commit(None), format!("commit/{oid}")),
            (git_config(".git/config"), ".git/config".to_owned()),
            (git_config("/root/.gitconfig"), "git-config/root/.gitconfig".to_owned()),
            (refname("refs/heads/x"), "refs/heads/x".to_owned()),
        ] {
            assert_eq!(finding.location.file_path(), expected);
        }
        assert_eq!((line(&commit(None).location), line(&commit(Some(7)).location)), (1, 7));
    }

    #[test]
    fn columns_need_ascii_text() {
        for (lead, columns_of) in [("- uses: ", Some((9, 12))), ("é uses: ", None), ("\u{1b}uses: ", None)] {
            let text = format!("{lead}a@b");
            let mut finding = blob("ci.yml", 1);
            let span = crate::text::Span { start: lead.len(), end: text.len() };
            finding.snippet = Some(crate::text::Snippet::cut(text.as_bytes(), span));
            let Location::Blob { column, .. } = &mut finding.location else { unreachable!() };
            *column = u32::try_from(lead.len() + 1).ok();
            assert_eq!(columns(&finding), columns_of, "{lead:?}");
        }
    }
}
