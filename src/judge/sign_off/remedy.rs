//! Lets later commits of a push sign for earlier ones, where that is allowed.

use std::collections::HashMap;

use super::{Details, Remediation};
use crate::git::Oid;
use crate::policy::SignOffPolicy;
use crate::signoff::{Declaration, Identity, People};

/// The rules of remediation.
#[derive(Clone, Copy)]
pub(super) struct Remedy<'a> {
    pub(super) allowed: Remediation,
    pub(super) people: &'a People,
    pub(super) policy: &'a SignOffPolicy,
}

impl Remedy<'_> {
    /// Takes away the findings that are remedied, and remarks on declarations that are not followed.
    ///
    /// A commit that has been remedied counts as signed, so that what it declares counts too: the order in which commits
    /// stand in a push does not matter.
    pub(super) fn apply(self, commits: &mut [(Oid, Details)], remarks: &mut Vec<String>) {
        let places: HashMap<Oid, usize> =
            commits.iter().enumerate().map(|(at, (oid, _))| (*oid, at)).collect();
        let declares =
            |(_, details): &&(Oid, Details)| details.may_declare && !details.declarations.is_empty();
        let mut open: Vec<usize> =
            commits.iter().filter(declares).filter_map(|(oid, _)| places.get(oid).copied()).collect();
        while let Some((declaring, declarations)) = open.pop().and_then(|at| take(commits, at)) {
            for declaration in declarations {
                let refused = self.follow(commits, &places, &declaring, &declaration);
                match refused {
                    Ok(at) => open.push(at),
                    Err(why) => remarks.push(format!(
                        "{}: the declaration for {} has no effect: {why}",
                        declaring.oid.short(),
                        declaration.commit.short()
                    )),
                }
            }
        }
        let unread = commits.iter().filter(|(_, details)| !details.declarations.is_empty());
        remarks.extend(unread.map(|(oid, _)| {
            format!(
                "{}: what it declares has no effect: it has no valid sign-off itself, or is a merge",
                oid.short()
            )
        }));
    }

    /// Follows one declaration. Returns the place of the commit that is signed by it.
    fn follow(
        self,
        commits: &mut [(Oid, Details)],
        places: &HashMap<Oid, usize>,
        declaring: &Declaring,
        declaration: &Declaration,
    ) -> Result<usize, &'static str> {
        let target = places.get(&declaration.commit).and_then(|at| Some((*at, commits.get_mut(*at)?)));
        let Some((at, (_, target))) = target else {
            return Err("no commit of this push needs it");
        };
        let author = target.author.as_ref().ok_or("the author of that commit cannot be read")?;
        if target.unsigned.is_none() {
            return Err("that commit needs no sign-off");
        }
        if !self.people.same(&declaration.author, author) {
            return Err("it does not name the author of that commit");
        }
        self.may(declaring, declaration, author)?;
        target.unsigned = None;
        // A merge, or a commit with other faults, is remedied but never declares anything itself.
        target.may_declare = target.findings.is_empty() && !target.is_merge;
        Ok(at)
    }

    /// Whether whoever made the declaring commit may declare this.
    fn may(
        self,
        declaring: &Declaring,
        declaration: &Declaration,
        author: &Identity,
    ) -> Result<(), &'static str> {
        let made_by = |who: &Identity| declaring.identities().any(|maker| self.people.same(maker, who));
        let Some(representative) = &declaration.representative else {
            return if made_by(author) { Ok(()) } else { Err("somebody else has made the declaring commit") };
        };
        if !self.allowed.third_party {
            return Err("remediation by others is off");
        }
        if !made_by(representative) {
            return Err("somebody else than the representative has made the declaring commit");
        }
        let listed = self.policy.representatives.iter().any(|who| self.people.same(who, representative));
        if listed || self.people.same(representative, author) {
            Ok(())
        } else {
            Err("the policy does not name this representative")
        }
    }
}

/// A commit that declares something.
struct Declaring {
    oid: Oid,
    author: Option<Identity>,
    committer: Option<Identity>,
}

impl Declaring {
    fn identities(&self) -> impl Iterator<Item = &Identity> {
        self.author.iter().chain(&self.committer)
    }
}

/// Takes the declarations out of a commit, once it may declare.
fn take(commits: &mut [(Oid, Details)], at: usize) -> Option<(Declaring, Vec<Declaration>)> {
    let (oid, details) = commits.get_mut(at)?;
    let declarations =
        if details.may_declare { std::mem::take(&mut details.declarations) } else { Vec::new() };
    let declaring =
        Declaring { oid: *oid, author: details.author.clone(), committer: details.committer.clone() };
    Some((declaring, declarations))
}
