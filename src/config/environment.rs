//! Config from the environment: `GIT_CONFIG_COUNT`, and `GIT_CONFIG_PARAMETERS`, which passes on `git -c`.

use std::ffi::OsString;

use bstr::ByteSlice as _;

use super::ConfigEntry;
use crate::error::{Error, Result};
use crate::text::unquote_first;

/// Returns the config entries of the environment, whose variables `variable` reads.
///
/// # Errors
/// Fails if git would refuse to run: if an entry of `GIT_CONFIG_COUNT` is missing, or is not an entry.
pub(super) fn entries(variable: impl Fn(&str) -> Option<OsString>) -> Result<Vec<ConfigEntry>> {
    let variable = |name: &str| variable(name).map(OsString::into_encoded_bytes);
    let required = |name: String| {
        variable(&name)
            .ok_or_else(|| Error::git(format!("`GIT_CONFIG_COUNT` counts `{name}`, which is not set")))
    };
    let mut entries = Vec::new();
    for number in 0..count(variable("GIT_CONFIG_COUNT").as_deref())? {
        let key = required(format!("GIT_CONFIG_KEY_{number}"))?;
        let value = required(format!("GIT_CONFIG_VALUE_{number}"))?;
        let entry = ConfigEntry::from_key(&key, &value);
        entries
            .push(entry.ok_or_else(|| {
                Error::git(format!("`GIT_CONFIG_KEY_{number}` is not a key of git config"))
            })?);
    }
    entries.extend(variable("GIT_CONFIG_PARAMETERS").iter().flat_map(|text| parameters(text)));
    Ok(entries)
}

/// Parses the value of `GIT_CONFIG_COUNT` as git does, by strtoul(3); an empty one is 0.
fn count(text: Option<&[u8]>) -> Result<i32> {
    let text = text.unwrap_or_default();
    if text.is_empty() {
        return Ok(0);
    }
    let count = text.trim_ascii_start().to_str().ok().and_then(|text| text.parse().ok());
    count
        .filter(|count| *count >= 0)
        .ok_or_else(|| Error::git("`GIT_CONFIG_COUNT` is not a number that git accepts"))
}

/// Parses `'key'='value'` and, as before git 2.31, `'key=value'`, separated by blanks.
pub(crate) fn parameters(text: &[u8]) -> Vec<ConfigEntry> {
    let mut entries = Vec::new();
    let mut rest = text.trim_ascii_start();
    while let Some((first, after)) = unquote_first(rest) {
        let (key, value, after) = match after.strip_prefix(b"=").and_then(unquote_first) {
            Some((value, after)) => (first, value, after),
            None => match first.split_once_str("=") {
                Some((key, value)) => (key.to_vec(), value.to_vec(), after),
                None => (first, Vec::new(), after),
            },
        };
        entries.extend(ConfigEntry::from_key(&key, &value));
        rest = after.strip_prefix(b"=").unwrap_or(after).trim_ascii_start();
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Vec<String>> {
        let value = |name: &str| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        };
        let text = |entry: ConfigEntry| format!("{}={}", entry.key(), entry.value.unwrap_or_default());
        Ok(entries(value)?.into_iter().map(text).collect())
    }

    #[test]
    fn every_counted_entry_is_read() {
        let many = |name: &str| match name.rsplit_once('_') {
            Some((_, "COUNT")) => Some("5000".into()),
            Some(("GIT_CONFIG_KEY", number)) => Some(format!("a.k{number}").into()),
            Some(("GIT_CONFIG_VALUE", number)) => Some(number.into()),
            _ => None,
        };
        let entries = entries(many).unwrap();
        assert_eq!((entries.len(), entries.last().unwrap().key()), (5000, "a.k4999".into()));
    }

    #[test]
    fn both_variables_are_read_in_git_order() {
        let variables = [
            ("GIT_CONFIG_COUNT", " +1"),
            ("GIT_CONFIG_KEY_0", "a.b.C"),
            ("GIT_CONFIG_VALUE_0", ""),
            ("GIT_CONFIG_PARAMETERS", r"'x.y'='it'\''s' 'x.z=1' 'x.t'"),
        ];
        assert_eq!(read(&variables).unwrap(), ["a.b.c=", "x.y=it's", "x.z=1", "x.t="]);
        assert_eq!(read(&[]).unwrap(), [""; 0]);
        assert_eq!(read(&[("GIT_CONFIG_COUNT", "")]).unwrap(), [""; 0]);
    }

    #[test]
    fn what_git_refuses_is_an_error() {
        for count in ["x", "-1", "1 ", " ", "0x1", "2147483648", "99999999999999999999"] {
            assert!(read(&[("GIT_CONFIG_COUNT", count)]).is_err(), "{count}");
        }
        let (count, key, value) =
            (("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "a.b"), ("GIT_CONFIG_VALUE_0", "c"));
        assert!(read(&[count, key, value]).is_ok());
        for bad in [vec![count], vec![count, key], vec![count, value]] {
            assert!(read(&bad).is_err(), "{bad:?}");
        }
        for key in ["", "a", "a.", "a.1b", "a.b c"] {
            assert!(read(&[count, ("GIT_CONFIG_KEY_0", key), value]).is_err(), "{key}");
        }
    }
}
