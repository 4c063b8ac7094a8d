//! Offsets in a text at which a credential could occur: found once, and reused for the deltas of that text.

use std::borrow::Cow;
use std::ops::Range;

use super::detect_format;
use super::find::{self, CandidateChecker};
use crate::text::Copied;
use crate::token::format::config_text;
use crate::token::provider::tokens;

/// Byte offsets at which a credential could occur in a text.
///
/// They do not cover how the text starts and ends, such as the signature of an archive; that needs the text
/// itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CandidateOffsets {
    found: Vec<Spot>,
    /// True if the text may contain a NUL.
    has_nul: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    at: usize,
    sign: u8,
}

/// The sign of a spot at the header of a config section that git knows. Lower signs are keyword numbers.
const HEADER: u8 = u8::MAX;

/// The sign of a spot at a block of digits, which may be part of an Azure DevOps token of the old form.
const DIGITS: u8 = HEADER - 1;

/// Number of bytes on either side of a position that decide whether a keyword or a header is there.
const WORD: usize = find::START;

/// The same as [`WORD`], for an Azure DevOps token of the old form: 52 digits and the bytes next to them.
const TOKEN: usize = 54;

impl CandidateOffsets {
    /// Searches a text for spots.
    pub(crate) fn of(text: &[u8]) -> Self {
        Self::of_changed(text, &Self::default(), &[])
    }

    /// Searches a text that copies some stretches from a text with known spots; `copied` is in the order of
    /// the new text.
    ///
    /// Only the rest, and the edges of the stretches, are read.
    pub(crate) fn of_changed(text: &[u8], known: &Self, copied: &[Copied]) -> Self {
        let mut spots = Self { has_nul: known.has_nul, ..Self::default() };
        if !known.found.is_empty() {
            spots.keep(known, copied);
        }
        let patchwork = Patchwork::new(text, changed(text.len(), WORD, copied));
        spots.has_nul |= memchr::memchr(0, &patchwork.text).is_some();
        let mut origin = patchwork.origins();
        spots.add(find::keywords(&patchwork.text).map(|(at, sign)| (origin(at), sign)));
        let brackets = memchr::memchr_iter(b'[', &patchwork.text).map(patchwork.origins());
        spots.add(brackets.filter(|at| detect_format::may_be_header(text, *at)).map(|at| (at, HEADER)));
        for range in changed(text.len(), TOKEN, copied) {
            let digits = tokens::digit_blocks(text.get(range.clone()).unwrap_or_default());
            spots.add(digits.map(|at| (range.start + at, DIGITS)));
        }
        // The spots of each kind are in order already, which makes this sort fast.
        spots.found.sort();
        spots.found.dedup();
        spots
    }

    /// Takes over the known spots inside the copied stretches.
    fn keep(&mut self, known: &Self, copied: &[Copied]) {
        let spots = &known.found;
        let spot = |next: usize, end: usize| spots.get(next).filter(|spot| spot.at < end);
        // Stretches mostly follow the order of the other text, so a binary search is rarely needed.
        let (mut next, mut reached) = (0, 0);
        for copied in copied {
            if copied.from < reached || spot(next, copied.from).is_some() {
                next = spots.partition_point(|spot| spot.at < copied.from);
            }
            reached = copied.from + copied.len;
            while let Some(spot) = spot(next, reached) {
                self.found.push(Spot { at: spot.at - copied.from + copied.at, ..*spot });
                next += 1;
            }
        }
    }

    fn add(&mut self, spots: impl Iterator<Item = (usize, u8)>) {
        self.found.extend(spots.map(|(at, sign)| Spot { at, sign }));
    }

    /// Returns whether a text may hold a credential at these spots, which must be its own.
    pub(in crate::token) fn are_suspect(&self, text: &[u8]) -> bool {
        let mut suspicion = CandidateChecker::of(text, self.has_nul);
        let headers = self.found.iter().filter(|spot| spot.sign == HEADER).map(|spot| spot.at);
        let mut others = || {
            self.found.iter().any(|spot| match spot.sign {
                HEADER => false,
                DIGITS => tokens::old_azure_at(text, spot.at).is_some(),
                sign => suspicion.is_at(spot.at, sign),
            })
        };
        config_text::may_hold(text, headers) || others()
    }
}

/// Returns the ranges of a text that may have new spots: the gaps between the copied stretches, and `reach`
/// bytes of each stretch next to them.
fn changed(length: usize, reach: usize, copied: &[Copied]) -> impl Iterator<Item = Range<usize>> {
    let inner = copied.iter().map(move |copied| copied.at + reach..copied.end().saturating_sub(reach));
    let mut start = 0;
    inner.filter(|inner| inner.start < inner.end).chain(std::iter::once(length..length)).map(move |inner| {
        let changed = start..inner.start;
        start = inner.end;
        changed
    })
}

/// Ranges of a text, joined into one: searching it once is far faster than searching each range.
///
/// A match across two ranges is false. It is rejected later, when the spot is checked in the text, as are
/// spots cut off by the end of a stretch.
struct Patchwork<'t> {
    text: Cow<'t, [u8]>,
    /// The start of each range in the joined text, and in the original one.
    patches: Vec<(usize, usize)>,
}

impl<'t> Patchwork<'t> {
    fn new(text: &'t [u8], mut ranges: impl Iterator<Item = Range<usize>>) -> Self {
        let Some(first) = ranges.next().filter(|first| first.len() < text.len()) else {
            return Self { text: text.into(), patches: vec![(0, 0)] };
        };
        let (mut patched, mut patches) = (Vec::new(), Vec::new());
        for range in std::iter::once(first).chain(ranges) {
            patches.push((patched.len(), range.start));
            patched.extend_from_slice(text.get(range).unwrap_or_default());
        }
        Self { text: patched.into(), patches }
    }

    /// Returns a function that maps offsets in the joined text to the original one.
    ///
    /// It is fast for ascending offsets; a lower offset starts over.
    fn origins(&self) -> impl FnMut(usize) -> usize {
        let mut patches = self.patches.as_slice();
        move |at| {
            if patches.first().is_none_or(|(start, _)| *start > at) {
                patches = &self.patches;
            }
            while let [_, rest @ ..] = patches
                && rest.first().is_some_and(|(start, _)| *start <= at)
            {
                patches = rest;
            }
            patches.first().map_or(at, |(start, origin)| at - start + origin)
        }
    }
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
        fn reused_spots_give_the_same_result_as_a_search((old, new, kept) in change()) {
            let spots = CandidateOffsets::of_changed(&new, &CandidateOffsets::of(&old), &kept);
            prop_assert_eq!(spots.are_suspect(&new), CandidateOffsets::of(&new).are_suspect(&new));
            prop_assert_eq!(is_clean_at_candidates(&new, &spots), is_clean(&new));
            let again = CandidateOffsets::of_changed(&new, &spots, &[Copied { from: 0, at: 0, len: new.len() }]);
            prop_assert_eq!(again.are_suspect(&new), spots.are_suspect(&new));
        }

        #[test]
        fn a_clean_text_has_no_leaks(text in text()) {
            let holds = |path: &[u8]| !scan_file(path, &text).leaks.is_empty();
            prop_assert!(!is_clean(&text) || !holds(b"") && !holds(b"tests/a"));
        }
    }
}
