//! Suggestions for words that are written almost right.

/// Maximum number of letters that may differ.
const MAX_DISTANCE: usize = 3;

/// Returns the candidate that differs least from a word; `None` if all differ too much.
pub(crate) fn nearest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let distance = |candidate: &str| strsim::damerau_levenshtein(word, candidate);
    let best = candidates.min_by_key(|candidate| distance(candidate))?;
    (distance(best) <= MAX_DISTANCE.min(word.len() / 2)).then_some(best)
}

/// Returns the end of a message about an unknown word: the candidate that is most like it, or nothing.
pub(crate) fn did_you_mean<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> String {
    nearest(word, candidates).map_or_else(String::new, |candidate| format!("; did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn only_a_similar_word_is_suggested() {
        let words = ["unpinned-uses", "unpinned-image", "moved-tag"];
        for (word, expected) in [
            ("unpined-uses", Some("unpinned-uses")),
            ("unpinned-images", Some("unpinned-image")),
            ("movedtag", Some("moved-tag")),
            ("missing-sbom", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, words.into_iter()), expected, "{word}");
        }
    }
}
