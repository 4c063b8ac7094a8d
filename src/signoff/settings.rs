//! Settings of the sign-off rules.

mod proven;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::folding::{account_number, is_same_email};
use super::{Identity, address};
use crate::git::Oid;
use crate::text::escape;
pub(crate) use proven::{Proof, ProofNeeds, ProvenAuthors};

/// Settings of the sign-off rules; every key has a default.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SignoffSettings {
    /// People who have to sign.
    pub signer: Signer,
    /// Position at which a sign-off counts.
    pub position: Position,
    /// Merges that need no sign-off.
    pub merges: MergePolicy,
    /// Duty of co-authors to sign.
    pub coauthors: Coauthors,
    /// Addresses that an identity may have.
    pub addresses: Addresses,
    /// Addresses that never sign, besides the known service addresses: assistants, shared accounts.
    pub never_sign: Vec<String>,
    /// Lists of identities `Name <address>`, one list per person.
    pub aliases: Vec<Vec<Identity>>,
    /// True if the `.mailmap` of the default branch applies.
    pub mailmap: bool,
    /// Commits that are exempt from the sign-off rules.
    pub grandfathered: Vec<Grandfathered>,
    /// Commits that are exempt from the sign-off rules together with all their ancestors.
    pub baseline: Vec<ExemptHistory>,
    /// Pushers whose commits are exempt from the sign-off rules.
    pub exempt: Vec<ExemptPusher>,
    /// Keys whose signature counts in the place of a sign-off.
    pub(crate) proven: Vec<Proof>,
    /// Permission for later commits to sign for earlier ones. A key that is not set leaves it to `.github/dco.yml`.
    pub remediation: RemediationSettings,
    /// People `Name <address>` who may sign for commits of others (third-party remediation).
    pub representatives: Vec<Identity>,
}

/// People who have to sign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Signer {
    /// Author or committer.
    #[default]
    AuthorOrCommitter,
    /// Author.
    Author,
    /// Author and committer, as in the Linux kernel.
    AuthorAndCommitter,
}

/// Position at which a sign-off counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// In the trailer block.
    #[default]
    Trailer,
    /// At the start of any line.
    Anywhere,
}

/// Merges that need no sign-off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MergePolicy {
    /// Clean merges: those that record exactly the result of git's own merge.
    #[default]
    Clean,
    /// Clean merges, and those that differ from the result of git's own merge only inside paths that conflict in it.
    Conflicts,
    /// All merges.
    Skip,
    /// No merges.
    Require,
}

impl MergePolicy {
    /// Returns whether a merge without sign-offs has to be repeated.
    pub(crate) fn needs_repetition(self) -> bool {
        matches!(self, Self::Clean | Self::Conflicts)
    }
}

/// Duty of co-authors to sign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Coauthors {
    /// No duty.
    #[default]
    Ignore,
    /// Co-authors should sign: the report contains a remark about each one who has not.
    Warn,
    /// Co-authors must sign.
    Require,
}

/// Addresses that an identity may have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Addresses {
    /// Addresses that public mail can reach: no bare host, no local domain, no number.
    #[default]
    Public,
    /// Addresses at any domain.
    Any,
}

/// Commits that are exempt from the sign-off rules.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grandfathered {
    /// Full oids of the commits.
    pub commits: Vec<CommitOid>,
    /// Reason, shown whenever the exemption applies.
    pub reason: String,
}

/// Commit that is exempt from the sign-off rules together with all its ancestors.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExemptHistory {
    /// Full oid of the commit.
    pub commit: CommitOid,
    /// Reason, shown whenever the exemption applies.
    pub reason: String,
}

/// Pusher whose commits are exempt from the sign-off rules.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExemptPusher {
    /// Name of the authenticated pusher, as the server provides it.
    pub pusher: String,
    /// Addresses of the authors whose commits are exempt. Without this key: those of anybody, which is noted.
    pub authors: Option<AuthorAddresses>,
    /// Reason, shown whenever the exemption applies.
    pub reason: String,
}

/// Returns the remark about the exemption of a pusher for commits of anybody.
pub(crate) fn covers_anybody(pusher: &str) -> String {
    let pusher = escape(pusher.as_bytes());
    format!(
        "`sign-off.exempt` covers whatever `{pusher}` pushes, of whatever author: add `authors: [<address>, ..]` to \
         the entry"
    )
}

/// Addresses of authors, at least one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<String>")]
#[schemars(extend("minItems" = 1, "items" = {"type": "string", "pattern": "^[^@\\s<>]+@[^@\\s<>]+$"}))]
pub struct AuthorAddresses(Vec<String>);

impl AuthorAddresses {
    /// Returns whether an address is one of them, or is without the number of its account and they have it, or the other
    /// way round. Two numbers are two accounts.
    pub fn contains(&self, email: &[u8]) -> bool {
        self.of_account(email).next().is_some()
    }

    /// Returns whether an address is one of them, with the number of its account if they have it.
    pub(crate) fn contains_with_number(&self, email: &[u8]) -> bool {
        let own = account_number(email);
        self.of_account(email).any(|address| {
            let listed = account_number(address.as_bytes());
            listed.is_none() || listed == own
        })
    }

    /// Returns the addresses of the account that has an address.
    fn of_account(&self, email: &[u8]) -> impl Iterator<Item = &String> {
        self.0.iter().filter(move |address| is_same_email(address.as_bytes(), email))
    }
}

impl TryFrom<Vec<String>> for AuthorAddresses {
    type Error = &'static str;

    fn try_from(addresses: Vec<String>) -> Result<Self, Self::Error> {
        if addresses.is_empty() {
            return Err("a list of authors needs at least one address");
        }
        let is_address = |address: &String| address::check(address.as_bytes(), Addresses::Any).is_ok();
        let is_bare = |address: &String| !address.contains(['<', '>']);
        match addresses.iter().all(|address| is_address(address) && is_bare(address)) {
            true => Ok(Self(addresses)),
            false => Err("an author is given by the address, without a name"),
        }
    }
}

/// Permission for later commits to sign for earlier ones.
///
/// A key that is set overrides `.github/dco.yml` of the default branch; `None` leaves the decision to that
/// file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RemediationSettings {
    /// True if authors may sign for their own earlier commits.
    pub individual: Option<bool>,
    /// True if representatives may sign for commits of others; has an effect only together with `individual`.
    pub third_party: Option<bool>,
}

/// Full oid of a commit, as written in a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("pattern" = "^([0-9a-f]{40}|[0-9a-f]{64})$"))]
pub struct CommitOid(pub Oid);

impl TryFrom<String> for CommitOid {
    type Error = &'static str;

    fn try_from(hex: String) -> Result<Self, Self::Error> {
        Oid::from_hex(hex.as_bytes()).map(Self).ok_or("a commit has to be given by its full oid")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<SignoffSettings, serde_yaml::Error> {
        serde_yaml::from_str(text)
    }

    #[test]
    fn every_key_is_read() {
        let policy = parse(
            "signer: author-and-committer\nposition: anywhere\nmerges: require\n\
             coauthors: warn\naddresses: any\nnever-sign: [bot@x.test]\nmailmap: true\n\
             aliases: [[Ana <a@x.test>, Ana <b@x.test>]]\n\
             grandfathered: [{commits: [11bd71901bbe5b1630ceea73d27597364c9af683], reason: import}]\n\
             baseline: [{commit: 11bd71901bbe5b1630ceea73d27597364c9af683, reason: import}]\n\
             exempt: [{pusher: renovate, authors: [1+Renovate@users.noreply.github.com], reason: it cannot sign}]\n\
             remediation: {individual: true, third-party: false}\nrepresentatives: [Bo <bo@x.test>]\n",
        );
        let policy = policy.unwrap();
        assert_eq!(policy.signer, Signer::AuthorAndCommitter);
        assert_eq!(policy.position, Position::Anywhere);
        assert_eq!(policy.merges, MergePolicy::Require);
        assert_eq!(policy.coauthors, Coauthors::Warn);
        assert_eq!(policy.addresses, Addresses::Any);
        assert_eq!((policy.never_sign, policy.mailmap), (vec!["bot@x.test".to_owned()], true));
        let oid = CommitOid(Oid::from_hex(b"11bd71901bbe5b1630ceea73d27597364c9af683").unwrap());
        let [Grandfathered { commits, .. }] = policy.grandfathered.as_slice() else { panic!() };
        let [ExemptHistory { commit, .. }] = policy.baseline.as_slice() else { panic!() };
        assert_eq!((commits.as_slice(), *commit), (&[oid][..], oid));
        let [ExemptPusher { authors: Some(authors), .. }] = policy.exempt.as_slice() else { panic!() };
        assert!(authors.contains(b"1+renovate@users.noreply.github.com") && !authors.contains(b"bo@x.test"));
        assert_eq!(policy.representatives, [Identity::new("Bo", "bo@x.test")]);
        assert_eq!(
            policy.remediation,
            RemediationSettings { individual: Some(true), third_party: Some(false) }
        );
        assert_eq!(policy.aliases, [[Identity::new("Ana", "a@x.test"), Identity::new("Ana", "b@x.test")]]);
    }

    #[test]
    fn two_numbers_are_two_accounts() {
        let listed = ["1+Bot@users.noreply.github.com", "any@users.noreply.github.com", "7+ana@x.test"];
        let listed = AuthorAddresses::try_from(listed.map(str::to_owned).to_vec()).unwrap();
        for (email, is_contained, with_number) in [
            ("1+bot@users.noreply.github.com", true, true),
            ("bot@users.noreply.github.com", true, false),
            ("2+bot@users.noreply.github.com", false, false),
            ("01+bot@users.noreply.github.com", false, false),
            ("any@users.noreply.github.com", true, true),
            ("3+any@users.noreply.github.com", true, true),
            ("7+ANA@x.test", true, true),
            ("8+ana@x.test", false, false),
            ("ana@x.test", false, false),
        ] {
            assert_eq!(listed.contains(email.as_bytes()), is_contained, "{email}");
            assert_eq!(listed.contains_with_number(email.as_bytes()), with_number, "{email}");
        }
    }

    #[test]
    fn every_value_of_a_key_is_read() {
        fn read<T: serde::de::DeserializeOwned>(value: &str) -> T {
            serde_yaml::from_str(value).unwrap()
        }
        let signers = [Signer::AuthorOrCommitter, Signer::Author, Signer::AuthorAndCommitter];
        assert_eq!(["author-or-committer", "author", "author-and-committer"].map(read::<Signer>), signers);
        assert_eq!(["trailer", "anywhere"].map(read::<Position>), [Position::Trailer, Position::Anywhere]);
        assert_eq!(
            ["clean", "conflicts", "skip", "require"].map(read::<MergePolicy>),
            [MergePolicy::Clean, MergePolicy::Conflicts, MergePolicy::Skip, MergePolicy::Require]
        );
        let coauthors = [Coauthors::Ignore, Coauthors::Warn, Coauthors::Require];
        assert_eq!(["ignore", "warn", "require"].map(read::<Coauthors>), coauthors);
        assert_eq!(["public", "any"].map(read::<Addresses>), [Addresses::Public, Addresses::Any]);
    }

    #[test]
    fn the_defaults_are_as_documented() {
        let policy = parse("{}").unwrap();
        assert_eq!(policy.signer, Signer::AuthorOrCommitter);
        assert_eq!((policy.position, policy.merges), (Position::Trailer, MergePolicy::Clean));
        assert_eq!((policy.coauthors, policy.addresses), (Coauthors::Ignore, Addresses::Public));
        assert_eq!(policy.remediation, RemediationSettings::default());
        assert!(!policy.mailmap && policy.aliases.is_empty() && policy.representatives.is_empty());
        assert!(policy.exempt.is_empty() && policy.baseline.is_empty() && policy.grandfathered.is_empty());
    }

    #[test]
    fn undefined_keys_and_values_are_refused() {
        for text in [
            "signers: author",
            "signer: committer",
            "match: email",
            "aliases: [[Ana]]",
            "aliases: [[Ana <a@x.test> and more]]",
            "grandfathered: [{commits: [11bd719], reason: short}]",
            "baseline: [{commit: 11bd71901bbe5b1630ceea73d27597364c9af683}]",
            "exempt: [{author: x, reason: y}]",
            "exempt: [{pusher: x, authors: [], reason: y}]",
            "exempt: [{pusher: x, authors: any, reason: y}]",
            "exempt: [{pusher: x, authors: [a@x.test, Ana <ana@x.test>], reason: y}]",
            "exempt: [{pusher: x, authors: ['<ana@x.test>'], reason: y}]",
            "exempt: [{pusher: x, authors: [ana], reason: y}]",
            "remediation: {thirdParty: true}",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
