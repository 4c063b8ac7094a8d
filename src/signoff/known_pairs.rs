//! Accounts that are known to commit under one address and sign under another.

use super::Identity;

/// Account of a service that commits under one address and signs under another.
#[derive(Debug)]
pub(crate) struct KnownPair {
    /// Name in both.
    pub name: &'static str,
    /// Address of the author.
    pub author: &'static str,
    /// Address of the sign-off.
    pub signoff: &'static str,
    /// Source of the fact.
    pub source: &'static str,
}

/// Every known pair.
pub(crate) const KNOWN_PAIRS: &[KnownPair] = &[
    KnownPair {
        name: "dependabot[bot]",
        author: "49699333+dependabot[bot]@users.noreply.github.com",
        signoff: "support@github.com",
        source: "dependabot-core, common/lib/dependabot/pull_request_creator",
    },
    KnownPair {
        name: "dependabot-preview[bot]",
        author: "27856297+dependabot-preview[bot]@users.noreply.github.com",
        signoff: "support@dependabot.com",
        source: "dependabot-core, before 2021",
    },
];

impl KnownPair {
    /// Returns both identities.
    pub(super) fn identities(&self) -> [Identity; 2] {
        [self.author, self.signoff].map(|address| Identity::new(self.name, address))
    }
}
