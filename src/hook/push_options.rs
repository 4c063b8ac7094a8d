//! Push options, which the pusher sets with `git push -o`: unchecked input.

use std::ffi::OsString;

use bstr::BString;

use crate::error::{Error, Result};

/// Reads the push options from environment variables, in order. Without a count there are none.
///
/// # Errors
/// Fails if the count is not a number, or if an option that it counts is not set.
pub(crate) fn push_options(variable: impl Fn(&str) -> Option<OsString>) -> Result<Vec<BString>> {
    let Some(count) = variable("GIT_PUSH_OPTION_COUNT") else {
        return Ok(Vec::new());
    };
    let count: usize = count
        .to_str()
        .and_then(|count| count.parse().ok())
        .ok_or_else(|| Error::contract("`GIT_PUSH_OPTION_COUNT` is not a number"))?;
    (0..count)
        .map(|number| {
            variable(&format!("GIT_PUSH_OPTION_{number}"))
                .map(|option| option.into_encoded_bytes().into())
                .ok_or_else(|| {
                    Error::contract(format!(
                        "`GIT_PUSH_OPTION_{number}` is missing: there should be {count} push options"
                    ))
                })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Vec<BString>> {
        push_options(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn options_keep_their_order() {
        assert!(read(&[]).unwrap().is_empty());
        assert!(
            read(&[("GIT_PUSH_OPTION_COUNT", "0"), ("GIT_PUSH_OPTION_0", "left over")]).unwrap().is_empty()
        );
        let two = [("GIT_PUSH_OPTION_COUNT", "2"), ("GIT_PUSH_OPTION_1", "b=1"), ("GIT_PUSH_OPTION_0", "")];
        assert_eq!(read(&two).unwrap(), ["", "b=1"]);
    }

    #[test]
    fn wrong_count_is_an_error() {
        for count in ["", "-1", "x", "1", "99999999999999999999"] {
            assert!(read(&[("GIT_PUSH_OPTION_COUNT", count)]).is_err(), "{count}");
        }
    }
}
