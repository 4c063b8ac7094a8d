//! Commands that sign off published commits of the user by a later commit, in the wording of the DCO apps.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::git::{Authority, AuthorityPlace, Commit, Oid, Repo, distinct, reached_only};
use crate::judge;
use crate::policy::Policy;
use crate::signoff::remediation::{declarations, own_line};
use crate::signoff::{Identity, People, assess};
use crate::text::quoted;

/// Title of the commit that signs for others.
const TITLE: &str = "Sign off earlier commits";

/// Published commits of a branch, which are not rewritten.
pub(super) struct PublishedCommits<'a> {
    pub(super) repo: &'a Repo,
    pub(super) policy: &'a Policy,
    pub(super) people: &'a People,
    /// Last commit of the branch.
    pub(super) head: Oid,
    /// Values of the remote-tracking refs.
    pub(super) public: &'a [Oid],
}

impl PublishedCommits<'_> {
    /// Returns a command for each name of a user that has published commits without a sign-off; none if later commits
    /// may not sign for them, or the default branch has them already.
    ///
    /// # Errors
    /// Fails when git does not answer, or when a commit cannot be read.
    pub(super) fn commands(&self, user: &Identity) -> Result<Vec<String>> {
        let authority = Authority::of_repository(self.repo)?;
        let accepted = authority.commit.filter(|_| authority.place != AuthorityPlace::Head);
        let Some(accepted) = accepted.filter(|_| !self.public.is_empty()) else { return Ok(Vec::new()) };
        if !judge::allows_remediation(self.repo, self.policy, authority)? {
            return Ok(Vec::new());
        }
        let new = reached_only(&[self.head], &[accepted])?;
        let commits =
            new.into_iter().map(|oid| self.repo.store().commit(oid)).collect::<Result<Vec<Commit>>>()?;
        let own = self.unsigned(&commits, user)?;
        Ok(own.into_iter().map(|(_, (author, oids))| self.command(user, &author, &oids)).collect())
    }

    /// Returns the authors whose commits are to be signed off, with the oids of these, older ones first.
    fn unsigned(
        &self,
        commits: &[Commit],
        user: &Identity,
    ) -> Result<BTreeMap<String, (Identity, Vec<Oid>)>> {
        let private = reached_only(&[self.head], self.public)?;
        let declared: BTreeSet<Oid> =
            commits.iter().flat_map(|commit| declarations(&commit.text)).map(|it| it.commit).collect();
        let is_open = |commit: &&Commit| {
            let is_merge = distinct(&commit.parents).len() > 1;
            !is_merge && !private.contains(&commit.oid) && !declared.contains(&commit.oid)
        };
        let mut open: Vec<&Commit> = commits.iter().filter(is_open).collect();
        open.sort_by_key(|commit| (commit.date(), commit.oid));
        let mut own: BTreeMap<String, (Identity, Vec<Oid>)> = BTreeMap::new();
        for commit in open {
            let assessment = assess(&commit.text, &self.policy.signoff, self.people);
            let is_to_sign = assessment.faults.is_empty() && !assessment.certification.is_given();
            let author = assessment.author.filter(|author| is_to_sign && self.people.same(author, user));
            let Some(author) = author else { continue };
            own.entry(author.to_string()).or_insert_with(|| (author, Vec::new())).1.push(commit.oid);
        }
        Ok(own)
    }

    /// Returns the command that signs off commits of an author, who is the user.
    ///
    /// It has to be made by the author under the name that those commits have.
    fn command(&self, user: &Identity, author: &Identity, oids: &[Oid]) -> String {
        let name = match self.people.same_by_name(author, user) {
            true => String::new(),
            false => {
                let value = |key: &str, value: &[u8]| {
                    format!(" -c {}", quoted(&format!("user.{key}={}", String::from_utf8_lossy(value))))
                };
                value("name", &author.name) + &value("email", &author.email)
            }
        };
        let lines: Vec<String> = oids.iter().map(|oid| own_line(author, *oid)).collect();
        let (title, lines) = (quoted(TITLE), quoted(&lines.join("\n")));
        format!("git{name} commit --allow-empty --signoff -m {title} -m {lines}")
    }
}
