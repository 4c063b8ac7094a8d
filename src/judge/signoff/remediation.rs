//! Remediation: later commits of a push sign for earlier ones, where that is allowed.

use std::collections::HashMap;

use super::verdict::CommitDetails;
use crate::error::Result;
use crate::git::{Authority, Oid, Repo};
use crate::judge::deciding_files::{DCO_YML, DecidingFile, deciding_file};
use crate::policy::Policy;
use crate::signoff::settings::{RemediationSettings, SignoffSettings};
use crate::signoff::{DcoYml, Declaration, Identity, People};

/// Allowed remediation: by the policy, else by `.github/dco.yml` of the default branch.
#[derive(Debug, Clone, Copy)]
pub(super) struct AllowedRemediation {
    /// True if authors may sign for their own earlier commits.
    pub(super) individual: bool,
    /// True if representatives may sign for others; has an effect only together with `individual`.
    pub(super) third_party: bool,
}

impl AllowedRemediation {
    /// Finds out what is allowed. Asks for `.github/dco.yml` only if the policy does not decide.
    ///
    /// An invalid file allows nothing, and is remarked on.
    ///
    /// # Errors
    /// Fails when the file is asked for and was not read.
    pub(super) fn find(
        policy: RemediationSettings,
        file: impl FnOnce() -> Result<DecidingFile<DcoYml>>,
        remarks: &mut Vec<String>,
    ) -> Result<Self> {
        if let RemediationSettings { individual: Some(individual), third_party: Some(third_party) } = policy {
            return Ok(Self { individual, third_party });
        }
        let file = file()?;
        remarks.extend(file.remark.or(file.absence.filter(|_| policy.individual != Some(true))));
        let file = file.content.unwrap_or_default();
        remarks.extend(file.remark);
        Ok(Self {
            individual: policy.individual.unwrap_or(file.individual),
            third_party: policy.third_party.unwrap_or(file.third_party),
        })
    }
}

/// Reads `.github/dco.yml`.
///
/// # Errors
/// Fails when the default branch cannot be read.
pub(super) fn dco_yml(repo: &Repo, authority: Authority) -> Result<DecidingFile<DcoYml>> {
    deciding_file(repo, authority, &DCO_YML)
}

/// Returns whether authors may sign for their own earlier commits by a later one.
///
/// # Errors
/// Fails when the default branch cannot be read.
pub(crate) fn allows_remediation(repo: &Repo, policy: &Policy, authority: Authority) -> Result<bool> {
    let mut remarks = Vec::new();
    let allowed =
        AllowedRemediation::find(policy.signoff.remediation, || dco_yml(repo, authority), &mut remarks)?;
    Ok(allowed.individual)
}

/// Returns the remark that `.github/dco.yml` exempts members, whom nothing here tells from others.
pub(super) fn members_remark(file: &DecidingFile<DcoYml>) -> Option<String> {
    file.content.as_ref().filter(|file| file.exempts_members)?;
    Some(format!(
        "`{}` exempts members of the organisation, who are not known here: `sign-off.exempt` in the policy of the \
         server exempts pushers by name",
        DCO_YML.path()
    ))
}

/// Remediation of a push, with the identities and settings that it depends on.
#[derive(Clone, Copy)]
pub(super) struct Remediation<'a> {
    pub(super) allowed: AllowedRemediation,
    pub(super) people: &'a People,
    pub(super) settings: &'a SignoffSettings,
}

impl Remediation<'_> {
    /// Drops the findings that are remedied, and adds remarks about declarations without effect.
    ///
    /// A remedied commit counts as signed, so its own declarations count too. The order of the commits in a
    /// push does not matter.
    pub(super) fn apply(self, commits: &mut [(Oid, Box<CommitDetails>)], remarks: &mut Vec<String>) {
        if !self.allowed.individual {
            let mentions = commits.iter().filter(|(_, details)| details.mentions_remediation);
            remarks.extend(mentions.map(|(oid, _)| {
                format!("{}: the remediation has no effect: remediation is not enabled", oid.short())
            }));
            return;
        }
        let places: HashMap<Oid, usize> =
            commits.iter().enumerate().map(|(at, (oid, _))| (*oid, at)).collect();
        let mut open: Vec<usize> = (0..commits.len()).collect();
        while let Some((declaring, declarations)) = open.pop().and_then(|at| take(commits, at)) {
            for declaration in declarations {
                let refused = self.follow(commits, &places, &declaring, &declaration);
                match refused {
                    Ok(at) => open.push(at),
                    Err(why) => remarks.push(format!(
                        "{}: the remediation of {} has no effect: {why}",
                        declaring.oid.short(),
                        declaration.commit.short()
                    )),
                }
            }
        }
        let unread = commits.iter().filter(|(_, details)| !details.declarations.is_empty());
        remarks.extend(unread.map(|(oid, _)| {
            format!(
                "{}: its remediation has no effect: it has no valid sign-off itself, or is a merge",
                oid.short()
            )
        }));
    }

    /// Applies one declaration. Returns the index of the commit that it signs.
    ///
    /// # Errors
    /// Returns the reason for which the declaration has no effect.
    fn follow(
        self,
        commits: &mut [(Oid, Box<CommitDetails>)],
        places: &HashMap<Oid, usize>,
        declaring: &DeclaringCommit,
        declaration: &Declaration,
    ) -> std::result::Result<usize, &'static str> {
        let target = places.get(&declaration.commit).and_then(|at| Some((*at, commits.get_mut(*at)?)));
        let Some((at, (_, target))) = target else {
            return Err("no commit of this push needs it");
        };
        let author = target.author.as_ref().ok_or("that commit has no valid author")?;
        if target.unsigned.is_none() {
            return Err("that commit needs no sign-off");
        }
        if !self.people.same_by_name(&declaration.author, author) {
            return Err("it does not name the author of that commit");
        }
        self.may(declaring, declaration, author)?;
        target.unsigned = None;
        // A merge, or a commit with other faults, can be remedied but cannot declare anything itself.
        target.may_declare = target.findings.is_empty() && !target.is_merge;
        Ok(at)
    }

    /// Checks that the author or committer of the declaring commit may make this declaration.
    ///
    /// # Errors
    /// Returns the reason for which it may not.
    fn may(
        self,
        declaring: &DeclaringCommit,
        declaration: &Declaration,
        author: &Identity,
    ) -> std::result::Result<(), &'static str> {
        let made_by =
            |who: &Identity| declaring.identities().any(|maker| self.people.same_by_name(maker, who));
        let Some(representative) = &declaration.representative else {
            return if made_by(author) {
                Ok(())
            } else {
                Err("it was not made by the author of that commit")
            };
        };
        if !self.allowed.third_party {
            return Err("remediation by representatives is not enabled");
        }
        if !made_by(representative) {
            return Err("it was not made by the representative");
        }
        let listed =
            self.settings.representatives.iter().any(|who| self.people.same_by_name(representative, who));
        if listed || self.people.same_by_name(representative, author) {
            Ok(())
        } else {
            Err("the representative is not listed in the policy")
        }
    }
}

/// Commit that contains declarations.
struct DeclaringCommit {
    oid: Oid,
    author: Option<Identity>,
    committer: Option<Identity>,
}

impl DeclaringCommit {
    fn identities(&self) -> impl Iterator<Item = &Identity> {
        self.author.iter().chain(&self.committer)
    }
}

/// Takes the declarations out of a commit; there are none if it may not declare.
fn take(commits: &mut [(Oid, Box<CommitDetails>)], at: usize) -> Option<(DeclaringCommit, Vec<Declaration>)> {
    let (oid, details) = commits.get_mut(at)?;
    let declarations =
        if details.may_declare { std::mem::take(&mut details.declarations) } else { Vec::new() };
    let declaring =
        DeclaringCommit { oid: *oid, author: details.author.clone(), committer: details.committer.clone() };
    Some((declaring, declarations))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::CommitText;
    use crate::report::{Finding, Level, LevelSource, Location};
    use crate::rules::RULES;
    use crate::signoff::remediation as declaration;

    const ANA: &str = "Ana <ana@x.test>";
    const BO: &str = "Bo <bo@x.test>";

    fn oid(number: usize) -> Oid {
        Oid::from_bytes(&[u8::try_from(number).unwrap(); 20]).unwrap()
    }

    fn missing() -> Finding {
        let location = Location::Commit { commit: None, subject: String::new(), line: None };
        Finding::bare(&RULES[0].meta, Level::Deny, LevelSource::Default, location)
    }

    /// Creates a commit with the given author and message, signed or not.
    fn commit(who: &str, signed: bool, says: &str) -> Box<CommitDetails> {
        let author = Identity::of_trailer(who.as_bytes());
        let text = CommitText { message: says.into(), ..CommitText::default() };
        Box::new(CommitDetails {
            unsigned: (!signed).then(missing),
            committer: author.clone(),
            author,
            declarations: declaration::declarations(&text),
            mentions_remediation: true,
            may_declare: signed,
            ..CommitDetails::default()
        })
    }

    fn own(who: &str, target: usize) -> String {
        format!("I, {who}, hereby add my Signed-off-by to this commit: {}", oid(target))
    }

    fn for_other(author: &str, who: &str, target: usize) -> String {
        format!("On behalf of {author}, {}", own(who, target))
    }

    /// Returns the indexes of the commits that are still unsigned, and the remarks.
    fn remedy(
        commits: impl IntoIterator<Item = Box<CommitDetails>>,
        third_party: bool,
    ) -> (Vec<usize>, Vec<String>) {
        let mut commits: Vec<(Oid, Box<CommitDetails>)> =
            commits.into_iter().enumerate().map(|(number, details)| (oid(number), details)).collect();
        let policy = SignoffSettings {
            representatives: Vec::from_iter(Identity::of_trailer(BO.as_bytes())),
            ..SignoffSettings::default()
        };
        let people = People::new(&policy, None);
        let allowed = AllowedRemediation { individual: true, third_party };
        let mut remarks = Vec::new();
        Remediation { allowed, people: &people, settings: &policy }.apply(&mut commits, &mut remarks);
        let open = commits.iter().enumerate().filter(|(_, (_, details))| details.unsigned.is_some());
        (open.map(|(number, _)| number).collect(), remarks)
    }

    #[test]
    fn followed_declaration_leaves_no_finding_or_remark() {
        let unsigned = |who| commit(who, false, "");
        for (commits, third_party) in [
            (vec![unsigned(ANA), commit(ANA, true, &own(ANA, 0))], false),
            (
                vec![
                    unsigned(ANA),
                    unsigned(ANA),
                    commit(ANA, true, &format!("{}\n{}", own(ANA, 0), own(ANA, 1))),
                ],
                false,
            ),
            (vec![commit(ANA, true, &own(ANA, 1)), unsigned(ANA)], false),
            (vec![unsigned(ANA), commit(BO, true, &for_other(ANA, BO, 0))], true),
            (vec![unsigned(ANA), commit(ANA, true, &for_other(ANA, ANA, 0))], true),
            (vec![unsigned(ANA), commit(ANA, false, &own(ANA, 0)), commit(ANA, true, &own(ANA, 1))], false),
            (
                vec![unsigned(ANA), commit(BO, false, &for_other(ANA, BO, 0)), commit(BO, true, &own(BO, 1))],
                true,
            ),
        ] {
            assert_eq!(remedy(commits, third_party), (vec![], vec![]));
        }
    }

    #[test]
    fn ignored_declaration_is_remarked_with_its_reason() {
        let cy = "Cy <cy@x.test>";
        for (last, third_party, why) in [
            (commit(ANA, true, &own(ANA, 9)), false, "no commit of this push needs it"),
            (commit(ANA, true, &own(ANA, 1)), false, "that commit needs no sign-off"),
            (commit(BO, true, &own(BO, 0)), false, "it does not name the author of that commit"),
            (commit(BO, true, &own(ANA, 0)), false, "it was not made by the author of that commit"),
            (
                commit(BO, true, &for_other(ANA, BO, 0)),
                false,
                "remediation by representatives is not enabled",
            ),
            (commit(ANA, true, &for_other(ANA, BO, 0)), true, "it was not made by the representative"),
            (
                commit(cy, true, &for_other(ANA, cy, 0)),
                true,
                "the representative is not listed in the policy",
            ),
            (commit(ANA, false, &own(ANA, 0)), false, "it has no valid sign-off itself"),
        ] {
            let unsigned = last.unsigned.is_some();
            let (open, remarks) = remedy(vec![commit(ANA, false, ""), last], third_party);
            assert_eq!(open, if unsigned { vec![0, 1] } else { vec![0] }, "{why}");
            let [remark] = remarks.try_into().unwrap();
            assert!(remark.starts_with("010101010101: ") && remark.contains(why), "{remark}");
        }
    }

    #[test]
    fn merge_or_faulty_commit_is_remedied_but_cannot_declare() {
        for fault in [false, true] {
            let mut middle = commit(ANA, false, &own(ANA, 0));
            middle.is_merge = !fault;
            middle.findings.extend(fault.then(missing));
            let commits = vec![commit(ANA, false, ""), middle, commit(ANA, true, &own(ANA, 1))];
            let (open, remarks) = remedy(commits, false);
            assert_eq!((open, remarks.len()), (vec![0], 1));
        }
    }

    #[test]
    fn unreadable_author_cannot_declare_or_be_signed_for() {
        let nobody = || Box::new(CommitDetails { author: None, committer: None, ..*commit(ANA, false, "") });
        let (open, remarks) = remedy(vec![nobody(), commit(ANA, true, &own(ANA, 0))], false);
        assert_eq!(open, [0]);
        assert!(remarks[0].ends_with("that commit has no valid author"), "{remarks:?}");
    }
}
