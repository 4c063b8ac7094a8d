//! Settings of the sign-off rules.

use serde::Deserialize;

use super::Identity;
use crate::git::Oid;

/// Settings of the sign-off rules; every key has a default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SignOffSettings {
    /// Who has to sign.
    pub signer: Signer,
    /// What has to be equal for two identities to be one person.
    #[serde(rename = "match")]
    pub comparison: Comparison,
    /// Where a sign-off counts.
    pub position: Position,
    /// Which merges need no sign-off.
    pub merges: MergePolicy,
    /// What a co-author has to do.
    pub coauthors: Coauthors,
    /// Which addresses an identity may have.
    pub addresses: Addresses,
    /// Identities that never sign, besides the service addresses that are known: assistants, shared accounts.
    pub never_sign: Vec<String>,
    /// Lists of identities, each list one person.
    pub aliases: Vec<Vec<Identity>>,
    /// Whether the `.mailmap` of the accepted history counts.
    pub mailmap: bool,
    /// Commits that are let through as they are.
    pub grandfathered: Vec<Grandfathered>,
    /// Commits whose whole history is let through as it is.
    pub baseline: Vec<Baseline>,
    /// Pushers whose commits need no sign-off.
    pub exempt: Vec<ExemptPusher>,
    /// Whether a later commit may sign for an earlier one.
    pub remediation: Remediation,
    /// Who may remediate commits of others.
    pub representatives: Vec<Identity>,
}

/// Who has to sign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signer {
    /// One of the two.
    #[default]
    AuthorOrCommitter,
    /// The author.
    Author,
    /// Both, as in the kernel.
    AuthorAndCommitter,
}

/// What has to be equal for two identities to be one person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// Name and address.
    #[default]
    NameAndEmail,
    /// The address.
    Email,
}

/// Where a sign-off counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// In the trailer block.
    #[default]
    Trailer,
    /// At the start of any line.
    Anywhere,
}

/// Which merges need no sign-off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MergePolicy {
    /// Those that record what git merges by itself.
    #[default]
    Clean,
    /// All of them.
    Skip,
    /// None.
    Require,
}

/// What a co-author has to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Coauthors {
    /// Nothing.
    #[default]
    Ignore,
    /// Sign; the report remarks that it is missing.
    Warn,
    /// Sign.
    Require,
}

/// Which addresses an identity may have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Addresses {
    /// Those that mail could reach: no bare host, no local domain, no number.
    #[default]
    Public,
    /// Any domain.
    Any,
}

/// Commits that are let through as they are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grandfathered {
    /// Their oids.
    pub commits: Vec<CommitOid>,
    /// Why; shown whenever it applies.
    pub reason: String,
}

/// A commit whose whole history is let through as it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Its oid.
    pub commit: CommitOid,
    /// Why; shown whenever it applies.
    pub reason: String,
}

/// A pusher whose commits need no sign-off.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExemptPusher {
    /// The name that the server gives to whom it has authenticated.
    pub pusher: String,
    /// Why; shown whenever it applies.
    pub reason: String,
}

/// Whether a later commit may sign for an earlier one. What is set here wins over `.github/dco.yml`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Remediation {
    /// For one's own commits.
    pub individual: Option<bool>,
    /// For commits of others.
    pub third_party: Option<bool>,
}

/// The full oid of a commit, as it stands in a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct CommitOid(pub Oid);

impl TryFrom<String> for CommitOid {
    type Error = &'static str;

    fn try_from(hex: String) -> Result<Self, Self::Error> {
        Oid::from_hex(hex.as_bytes()).map(Self).ok_or("a commit is named by its full oid")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<SignOffSettings, serde_yaml::Error> {
        serde_yaml::from_str(text)
    }

    #[test]
    fn every_key_is_read() {
        let policy = parse(
            "signer: author-and-committer\nmatch: email\nposition: anywhere\nmerges: require\n\
             coauthors: warn\naddresses: any\nnever-sign: [bot@x.test]\nmailmap: true\n\
             aliases: [[Ana <a@x.test>, Ana <b@x.test>]]\n\
             grandfathered: [{commits: [11bd71901bbe5b1630ceea73d27597364c9af683], reason: import}]\n\
             baseline: [{commit: 11bd71901bbe5b1630ceea73d27597364c9af683, reason: import}]\n\
             exempt: [{pusher: renovate, reason: it cannot sign}]\n\
             remediation: {individual: true, third-party: false}\nrepresentatives: [Bo <bo@x.test>]\n",
        );
        let policy = policy.unwrap();
        assert_eq!(policy.signer, Signer::AuthorAndCommitter);
        assert_eq!(policy.comparison, Comparison::Email);
        assert_eq!(policy.position, Position::Anywhere);
        assert_eq!(policy.merges, MergePolicy::Require);
        assert_eq!(policy.coauthors, Coauthors::Warn);
        assert_eq!(policy.addresses, Addresses::Any);
        assert_eq!((policy.never_sign, policy.mailmap), (vec!["bot@x.test".to_owned()], true));
        let oid = CommitOid(Oid::from_hex(b"11bd71901bbe5b1630ceea73d27597364c9af683").unwrap());
        let [Grandfathered { commits, .. }] = policy.grandfathered.as_slice() else { panic!() };
        let [Baseline { commit, .. }] = policy.baseline.as_slice() else { panic!() };
        assert_eq!((commits.as_slice(), *commit), (&[oid][..], oid));
        assert_eq!(policy.representatives, [Identity::new("Bo", "bo@x.test")]);
        assert_eq!(policy.remediation, Remediation { individual: Some(true), third_party: Some(false) });
        assert_eq!(policy.aliases, [[Identity::new("Ana", "a@x.test"), Identity::new("Ana", "b@x.test")]]);
    }

    #[test]
    fn every_value_of_a_key_means_itself() {
        fn read<T: serde::de::DeserializeOwned>(value: &str) -> T {
            serde_yaml::from_str(value).unwrap()
        }
        let signers = [Signer::AuthorOrCommitter, Signer::Author, Signer::AuthorAndCommitter];
        assert_eq!(["author-or-committer", "author", "author-and-committer"].map(read::<Signer>), signers);
        let comparisons = [Comparison::NameAndEmail, Comparison::Email];
        assert_eq!(["name-and-email", "email"].map(read::<Comparison>), comparisons);
        assert_eq!(["trailer", "anywhere"].map(read::<Position>), [Position::Trailer, Position::Anywhere]);
        assert_eq!(
            ["clean", "skip", "require"].map(read::<MergePolicy>),
            [MergePolicy::Clean, MergePolicy::Skip, MergePolicy::Require]
        );
        let coauthors = [Coauthors::Ignore, Coauthors::Warn, Coauthors::Require];
        assert_eq!(["ignore", "warn", "require"].map(read::<Coauthors>), coauthors);
        assert_eq!(["public", "any"].map(read::<Addresses>), [Addresses::Public, Addresses::Any]);
    }

    #[test]
    fn the_defaults_are_those_that_are_documented() {
        let policy = parse("{}").unwrap();
        assert_eq!((policy.signer, policy.comparison), (Signer::AuthorOrCommitter, Comparison::NameAndEmail));
        assert_eq!((policy.position, policy.merges), (Position::Trailer, MergePolicy::Clean));
        assert_eq!((policy.coauthors, policy.addresses), (Coauthors::Ignore, Addresses::Public));
        assert_eq!(policy.remediation, Remediation::default());
        assert!(!policy.mailmap && policy.aliases.is_empty() && policy.representatives.is_empty());
        assert!(policy.exempt.is_empty() && policy.baseline.is_empty() && policy.grandfathered.is_empty());
    }

    #[test]
    fn what_is_not_defined_is_refused() {
        for text in [
            "signers: author",
            "signer: committer",
            "aliases: [[Ana]]",
            "aliases: [[Ana <a@x.test> and more]]",
            "grandfathered: [{commits: [11bd719], reason: short}]",
            "baseline: [{commit: 11bd71901bbe5b1630ceea73d27597364c9af683}]",
            "exempt: [{author: x, reason: y}]",
            "remediation: {thirdParty: true}",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
