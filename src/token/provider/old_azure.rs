//! Azure DevOps tokens of the old form. They have no prefix, so runs of 52 digits are searched for.

use std::ops::Range;

use super::alphabet::base32_digit;
use super::detectors::OLD_AZURE;
use super::tokens::{ends_word, starts_word};
use crate::token::credential_match::{CredentialKind, CredentialMatch};

/// Length of the blocks of base32 digits that are searched for, in bytes.
const BLOCK: usize = 16;

/// Distance between the blocks that are checked. A run of 52 digits contains a block at some multiple of it.
const STRIDE: usize = 52 + 1 - BLOCK;

/// Returns the tokens of a text: each run of 52 digits with a valid checksum.
pub(crate) fn old_azure_tokens(text: &[u8]) -> impl Iterator<Item = CredentialMatch> {
    let mut end = 0;
    digit_blocks(text).filter_map(move |at| {
        let run = Some(at).filter(|at| *at >= end).map(|at| run_around(text, at))?;
        end = run.end;
        token_in(text, run)
    })
}

/// Returns the token around an offset.
pub(crate) fn old_azure_at(text: &[u8], at: usize) -> Option<CredentialMatch> {
    token_in(text, run_around(text, at))
}

/// Returns the offsets of blocks of base32 digits, at least one for every run of 52 digits.
///
/// Other text hardly ever has such a block at a checked offset, so most bytes are not read.
pub(crate) fn digit_blocks(text: &[u8]) -> impl Iterator<Item = usize> {
    let blocks = text.chunks(STRIDE).enumerate();
    blocks.filter_map(|(number, chunk)| is_base32(chunk.first_chunk()?).then_some(number * STRIDE))
}

/// Returns the run of base32 digits around an offset, cut off after 53 digits on either side: a token has 52.
fn run_around(text: &[u8], at: usize) -> Range<usize> {
    let digits =
        |bytes: &mut dyn Iterator<Item = &u8>| bytes.take(53).take_while(|byte| base32_digit(**byte)).count();
    let (before, after) = text.split_at(at);
    at - digits(&mut before.iter().rev())..at + digits(&mut after.iter())
}

fn token_in(text: &[u8], run: Range<usize>) -> Option<CredentialMatch> {
    let (digits, _) = text.split_at(run.end);
    let (_, digits) = digits.split_at(run.start);
    let alone = digits.len() == 52 && starts_word(text, run.start) && ends_word(text, run.end);
    let found = || CredentialMatch::new(CredentialKind::Token, digits, run.clone());
    (alone && OLD_AZURE.is_plausible(digits)).then(found)
}

/// Returns whether a block is all base32 digits. Without branches, so that many bytes are compared at once.
fn is_base32(block: &[u8; BLOCK]) -> bool {
    block.iter().fold(true, |all, byte| all & base32_digit(*byte))
}

#[cfg(test)]
mod tests {
    use super::old_azure_tokens;
    use crate::token::provider::samples::{self, Samples};

    #[test]
    fn an_old_azure_token_is_found_at_any_offset() {
        let all = samples::all(&mut Samples::new(1));
        let (_, token) = all
            .into_iter()
            .find(|(_, token)| token.len() == 52 && old_azure_tokens(token.as_bytes()).count() == 1)
            .unwrap();
        for before in 0..120 {
            for around in
                ["", " abcdefghijklmnopqrst ", " abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwxyz "]
            {
                let text = format!("{}{around}\"{token}\"{around}", "-".repeat(before));
                let found: Vec<_> = old_azure_tokens(text.as_bytes()).map(|found| found.span.start).collect();
                assert_eq!(found, [before + around.len() + 1], "{before}");
            }
        }
    }
}
