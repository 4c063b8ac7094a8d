//! `.github/dco.yml`: settings of the DCO apps of forges, as far as they are used here.

use serde::Deserialize;

use crate::error::{Error, Result};

/// Path of the file in the accepted history.
pub(crate) const PATH: &str = ".github/dco.yml";

/// Permissions for remediation: signing off an earlier commit by a later one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DcoYml {
    /// True if authors may sign off their own earlier commits.
    pub individual: bool,
    /// True if other people may sign off for them.
    pub third_party: bool,
}

/// Contents of the file.
///
/// `require.members` and `allowOverrideAction` are accepted and ignored: members are not exempt here, and
/// there is no override button.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct DcoYmlFile {
    allow_remediation_commits: Option<RemediationKeys>,
    require: Option<RequireKeys>,
    #[serde(rename = "allowOverrideAction")]
    _allow_override_action: Option<bool>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct RemediationKeys {
    individual: Option<bool>,
    third_party: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RequireKeys {
    #[serde(rename = "members")]
    _members: Option<bool>,
}

impl DcoYml {
    /// Parses the file.
    ///
    /// # Errors
    /// Fails if the text is not YAML, or contains an undefined key or value: a typo must not silently turn
    /// anything off.
    pub(crate) fn parse(text: &[u8]) -> Result<Self> {
        let file: Option<DcoYmlFile> = serde_yaml::from_slice(text).map_err(|error| {
            Error::policy(format!("{PATH} of the accepted history is not valid"))
                .caused_by(crate::text::escape(error.to_string().as_bytes()))
        })?;
        let file = file.unwrap_or_default();
        let RemediationKeys { individual, third_party } = file.allow_remediation_commits.unwrap_or_default();
        let _ = file.require;
        Ok(Self { individual: individual == Some(true), third_party: third_party == Some(true) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_remediation_keys_have_an_effect() {
        for (text, individual, third_party) in [
            ("", false, false),
            ("# only a comment\n", false, false),
            ("allowRemediationCommits:\n", false, false),
            ("allowRemediationCommits:\n  individual: true\n", true, false),
            ("allowRemediationCommits: {individual: true, thirdParty: true}", true, true),
            ("require:\n  members: false\nallowOverrideAction: false\n", false, false),
        ] {
            assert_eq!(
                DcoYml::parse(text.as_bytes()).unwrap(),
                DcoYml { individual, third_party },
                "{text:?}"
            );
        }
    }

    #[test]
    fn undefined_keys_and_values_are_errors() {
        for text in [
            "allowRemediationCommit: {}",
            "allowRemediationCommits: {thirdparty: true}",
            "allowRemediationCommits: true",
            "allowRemediationCommits: {individual: maybe}",
            "require: {member: true}",
            "- a",
            "a: [",
        ] {
            assert!(DcoYml::parse(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
