//! Offsets in a text at which a credential could occur: found once, and reused for the deltas of that text.

use std::ops::Range;

use super::candidate_checker::CandidateChecker;
use super::joined_ranges::JoinedRanges;
use crate::text::{Copied, slice};
use crate::token::format::config_file;
use crate::token::format::config_sections::may_be_header;
use crate::token::provider::old_azure;
use crate::token::search::keywords;

/// Byte offsets at which a credential could occur in a text.
///
/// They do not cover how the text starts and ends, such as the signature of an archive; that needs the text
/// itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CandidateOffsets {
    /// In the order of the text.
    candidates: Vec<Candidate>,
    /// True if the text may contain a NUL.
    has_nul: bool,
    /// True if there are more candidates than are kept.
    is_cut: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    at: usize,
    kind: CandidateKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum CandidateKind {
    /// The prefix of the keyword of this number.
    Keyword(u32),
    /// A block of digits, which may be part of an Azure DevOps token of the old form.
    Digits,
    /// Possible header of a config section that git knows.
    Header,
}

/// Maximum number of candidates that are kept; a text with more of them may hold a secret.
const MAX_CANDIDATES: usize = 1 << 20;

/// Number of bytes on either side of a position that decide whether a keyword or a header is there.
const KEYWORD_REACH: usize = keywords::PREFIX;

/// The same as [`KEYWORD_REACH`], for an Azure DevOps token of the old form: 52 digits and the bytes next to
/// them.
const DIGITS_REACH: usize = 54;

impl CandidateOffsets {
    /// Searches a text for candidates.
    pub(crate) fn find(text: &[u8]) -> Self {
        Self::find_in_delta(text, &Self::default(), &[])
    }

    /// Searches a text that copies some stretches from a base with known candidates; `copied` is in the order
    /// of the text.
    ///
    /// Only the rest, and the edges of the stretches, are read.
    pub(crate) fn find_in_delta(text: &[u8], base: &Self, copied: &[Copied]) -> Self {
        // The candidates of a base with too many of them are not known.
        let copied = if base.is_cut { &[] } else { copied };
        let mut candidates = copied_candidates(&base.candidates, copied);
        let joined = JoinedRanges::new(text, changed_ranges(text.len(), KEYWORD_REACH, copied));
        let mut original = joined.original_offsets();
        candidates.extend(
            keywords::prefixes(&joined.text)
                .map(|(at, number)| Candidate { at: original(at), kind: CandidateKind::Keyword(number) })
                .take(MAX_CANDIDATES),
        );
        let brackets = memchr::memchr_iter(b'[', &joined.text).map(joined.original_offsets());
        let headers = brackets.filter(|at| may_be_header(text, *at));
        candidates
            .extend(headers.map(|at| Candidate { at, kind: CandidateKind::Header }).take(MAX_CANDIDATES));
        for range in changed_ranges(text.len(), DIGITS_REACH, copied) {
            let blocks = old_azure::digit_blocks(slice(text, range.clone())).map(|at| range.start + at);
            candidates
                .extend(blocks.map(|at| Candidate { at, kind: CandidateKind::Digits }).take(MAX_CANDIDATES));
            if candidates.len() >= MAX_CANDIDATES {
                break;
            }
        }
        // The candidates of each kind are in order already, which makes this sort fast.
        candidates.sort();
        candidates.dedup();
        let is_cut = candidates.len() >= MAX_CANDIDATES;
        if is_cut {
            candidates = Vec::new();
        }
        let has_nul = base.has_nul || memchr::memchr(0, &joined.text).is_some();
        Self { candidates, has_nul, is_cut }
    }

    /// Returns whether a text may hold a credential at these candidates, which must be its own.
    pub(super) fn may_hold_secret(&self, text: &[u8]) -> bool {
        if self.is_cut {
            return true;
        }
        let mut checker = CandidateChecker::new(text, self.has_nul);
        let is_header = |one: &&Candidate| one.kind == CandidateKind::Header;
        let headers = self.candidates.iter().filter(is_header).map(|one| one.at);
        config_file::may_hold_secret(text, headers)
            || self.candidates.iter().any(|one| match one.kind {
                CandidateKind::Header => false,
                CandidateKind::Digits => old_azure::old_azure_at(text, one.at).is_some(),
                CandidateKind::Keyword(number) => checker.leads_to_secret(one.at, number),
            })
    }
}

/// Returns the candidates of a base that are inside the copied stretches, at their offsets in the text.
fn copied_candidates(base: &[Candidate], copied: &[Copied]) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    if base.is_empty() {
        return candidates;
    }
    // Stretches mostly follow the order of the base, so a binary search is rarely needed.
    let (mut rest, mut end) = (base, 0);
    for stretch in copied {
        if stretch.from < end || rest.first().is_some_and(|one| one.at < stretch.from) {
            (_, rest) = base.split_at(base.partition_point(|one| one.at < stretch.from));
        }
        end = stretch.from + stretch.len;
        while let Some((one, after)) = rest.split_first().filter(|(one, _)| one.at < end) {
            candidates.push(Candidate { at: one.at - stretch.from + stretch.at, ..*one });
            rest = after;
        }
    }
    candidates
}

/// Returns the ranges of a text that may have new candidates: the gaps between the copied stretches, and
/// `reach` bytes of each stretch next to them.
fn changed_ranges(length: usize, reach: usize, copied: &[Copied]) -> impl Iterator<Item = Range<usize>> {
    let inner = copied.iter().map(move |copied| copied.at + reach..copied.end().saturating_sub(reach));
    let mut start = 0;
    inner.filter(|inner| inner.start < inner.end).chain(std::iter::once(length..length)).map(move |inner| {
        let change = start..inner.start;
        start = inner.end;
        change
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::token::provider::samples::{self, Samples};
    use crate::token::{is_clean, is_clean_at_candidates, scan_file};

    /// Returns credentials and pieces of git config, whole and in parts.
    fn pieces() -> Vec<Vec<u8>> {
        let secret = concat!("Qz7kV7", "55446xW");
        let tokens = samples::all(&mut Samples::new(1)).into_iter().map(|(_, token)| token);
        let halves = tokens.flat_map(|token| {
            let (start, end) = token.split_at(token.len() / 2);
            [start.to_owned(), end.to_owned(), token]
        });
        let words = [
            "\n",
            "\r\n",
            "\0",
            " ",
            "\t",
            "\"",
            "'",
            "=",
            ": ",
            "\\\n",
            "#",
            "[",
            "]",
            "\"]\n",
            "some words\n",
            "core",
            "http",
            "remote",
            ".",
            "url",
            "extraheader",
            "password",
            "helper",
            "proxy",
            "token",
            "[core]\n",
            "[http]\n",
            "[remote \"o\"]\n",
            "[gc.auto]\n",
            "[core] ",
            "[other]\n",
            "\tbare = false\n",
            "url = https://u:p4@h.io\n",
            "https://",
            ":\\/\\/",
            "user:",
            "@h.io/a",
            "?private_token=",
            "&access_token=",
            "Authorization: token ",
            "uthorization: basic dTpw\n",
            "http.extraheader=",
            "http.extraheader\n",
            "remote.o.url\nhttps://",
            "remote.o.url=https://",
            "\"http.proxy\": \"u:p4@h:80\"",
            "alias.x=!curl -H \"Authorization: token p4\"\n",
            "GIT_CONFIG_",
            "VALUE_0=",
            "KEY_0=http.extraheader\n",
            "PARAMETERS='http.proxy=u:p4@h'\n",
            "AKIAQ7",
            "machine h login u password p4\n",
            "h.io\tFALSE\t/\tTRUE\t0\t_gitlab_session\t0123456789abcdef\n",
            "credential.https://h.io.helper=!f() { echo password=p4; }\n",
            "user.email=a@b.c\n",
        ];
        let words = words.into_iter().chain([secret]).map(str::to_owned);
        words.chain(halves).map(String::into_bytes).collect()
    }

    fn text() -> impl Strategy<Value = Vec<u8>> {
        let pieces = pieces();
        let piece = (0..pieces.len()).prop_map(move |at| pieces[at].clone());
        let filler = (0usize..90).prop_map(|length| b"~".repeat(length));
        prop::collection::vec(prop_oneof![4 => piece, 1 => filler], 0..12).prop_map(|pieces| pieces.concat())
    }

    /// Generates a text, another text built from stretches of it and from new pieces, and these stretches.
    fn change() -> impl Strategy<Value = (Vec<u8>, Vec<u8>, Vec<Copied>)> {
        let edits =
            prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), text()), 0..5);
        (text(), edits).prop_map(|(old, edits)| {
            let (mut new, mut kept) = (Vec::new(), Vec::new());
            for (from, to, text) in edits {
                let (from, to) = (from.index(old.len() + 1), to.index(old.len() + 1));
                if from < to {
                    kept.push(Copied { from, at: new.len(), len: to - from });
                    new.extend_from_slice(&old[from..to]);
                }
                new.extend(text.iter().take(from % 40));
            }
            (old, new, kept)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn reused_candidates_give_the_same_result_as_a_search((old, new, kept) in change()) {
            let candidates = CandidateOffsets::find_in_delta(&new, &CandidateOffsets::find(&old), &kept);
            prop_assert_eq!(candidates.may_hold_secret(&new), CandidateOffsets::find(&new).may_hold_secret(&new));
            prop_assert_eq!(is_clean_at_candidates(&new, &candidates), is_clean(&new));
            let again = CandidateOffsets::find_in_delta(&new, &candidates, &[Copied { from: 0, at: 0, len: new.len() }]);
            prop_assert_eq!(again.may_hold_secret(&new), candidates.may_hold_secret(&new));
        }

        #[test]
        fn a_clean_text_has_no_leaks(text in text()) {
            let holds = |path: &[u8]| !scan_file(path, &text).leaks.is_empty();
            prop_assert!(!is_clean(&text) || !holds(b"") && !holds(b"tests/a"));
        }
    }
}
