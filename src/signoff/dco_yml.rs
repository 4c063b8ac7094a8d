//! `.github/dco.yml`: what the DCO apps of the forge read, as far as it decides anything here.

use serde::Deserialize;

use crate::error::{Error, Result};

/// Where it stands in the accepted history.
pub(crate) const PATH: &str = ".github/dco.yml";

/// What it allows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DcoYml {
    /// Whether authors may sign for their own earlier commits.
    pub individual: bool,
    /// Whether others may sign for them.
    pub third_party: bool,
}

/// The file as it is written. Two keys are accepted and decide nothing: nobody is exempt for being a member, and there is
/// no button.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct File {
    allow_remediation_commits: Option<Remediation>,
    require: Option<Require>,
    #[serde(rename = "allowOverrideAction")]
    _allow_override_action: Option<bool>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct Remediation {
    individual: Option<bool>,
    third_party: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Require {
    #[serde(rename = "members")]
    _members: Option<bool>,
}

impl DcoYml {
    /// Reads the file.
    ///
    /// # Errors
    /// Fails when it is no YAML, or holds a key or a value that is not defined: a typo must not turn anything off in
    /// silence.
    pub(crate) fn parse(text: &[u8]) -> Result<Self> {
        let file: Option<File> = serde_yaml::from_slice(text).map_err(|error| {
            Error::policy(format!("{PATH} of the accepted history is not valid"))
                .caused_by(crate::text::escape(error.to_string().as_bytes()))
        })?;
        let file = file.unwrap_or_default();
        let Remediation { individual, third_party } = file.allow_remediation_commits.unwrap_or_default();
        let _ = file.require;
        Ok(Self { individual: individual == Some(true), third_party: third_party == Some(true) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remediation_counts_and_the_other_keys_do_nothing() {
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
    fn what_is_not_defined_is_an_error() {
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
