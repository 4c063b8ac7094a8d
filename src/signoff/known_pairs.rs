//! Accounts that are known to commit under one address and sign under another.

use bstr::{BStr, ByteSlice as _};

use super::Identity;
use super::folding::{account_number, fold_email, fold_name};

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

/// Program that signs with one identity, whatever account its users have made for it to commit as.
#[derive(Debug)]
pub(crate) struct KnownProgram {
    /// Name of the identity that signs.
    pub name: &'static str,
    /// End of the names of the accounts, which are those of apps of GitHub.
    pub accounts: &'static str,
    /// Address of the identity that signs.
    pub signoff: &'static str,
    /// Source of the fact.
    pub source: &'static str,
}

/// Every known program.
pub(crate) const KNOWN_PROGRAMS: &[KnownProgram] = &[KnownProgram {
    name: "renovate[bot]",
    accounts: "-renovate[bot]",
    signoff: "29139614+renovate[bot]@users.noreply.github.com",
    source: "Renovate, preset `:gitSignOff` with the default of `gitAuthor`",
}];

impl KnownProgram {
    /// Returns the identity that signs for an account; `None` if no known program commits as it.
    ///
    /// GitHub writes such an account as `<name> <<number>+<name>@users.noreply.github.com>`.
    pub(super) fn signer_of(account: &Identity) -> Option<Identity> {
        account_number(&account.email)?;
        let address = fold_email(&account.email);
        let name: &BStr = address.strip_suffix(b"@users.noreply.github.com")?.as_bstr();
        let program = KNOWN_PROGRAMS.iter().find(|program| name.ends_with_str(program.accounts))?;
        (fold_name(&account.name) == fold_name(name)).then(|| Identity::new(program.name, program.signoff))
    }
}
