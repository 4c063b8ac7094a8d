//! Numbers with their nouns.

/// Returns a number with its noun, in the plural unless the number is 1.
pub(crate) fn count(number: impl TryInto<u64>, noun: &str) -> String {
    counted(number, noun, &format!("{noun}s"))
}

/// Returns a number with the words for one thing, or for none and for several.
pub(crate) fn counted(number: impl TryInto<u64>, one: &str, several: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    format!("{number} {}", if number == 1 { one } else { several })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_thing_is_singular() {
        assert_eq!([0, 1, 2].map(|number: usize| count(number, "blob")), ["0 blobs", "1 blob", "2 blobs"]);
        assert_eq!(counted(1_u64, "entry is", "entries are"), "1 entry is");
    }
}
