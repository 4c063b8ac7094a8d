//! Rule `mismatched-signoff`: a commit has sign-offs, none of them by a required signer.

use super::{Check, Rule};
use crate::report::{CommitProblem, Group, Level, RuleMeta};
use crate::signoff::settings::{Coauthors, SignoffSettings};
use crate::signoff::{
    Certification, Coauthor, Identity, IdentityRole, Ineligible, Signoff, Subject, email_difference,
    name_difference, near_email_difference,
};
use crate::text::escape;

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "mismatched-signoff",
        group: Group::Signoff,
        default_level: Level::Deny,
        summary: "a commit has sign-offs, but none by its author or committer",
        docs: r#"### What it checks

At least one sign-off of the commit has the address of its author or of its committer. Upper and lower case do not matter,
nor does the number in `1+ana@users.noreply.github.com` if only one of both has it. Another name at the same address is a
`misnamed-signoff`.

Sign-offs with the address of a service that creates commits for people (`noreply@github.com`) or of an assistant do not
count, and neither does a name with an invisible character.

A bot is no exception, since anybody can write its address into a commit. Whoever passes on what a bot wrote commits it anew
with a sign-off; the second account of a bot is an alias; the signature of a forge (`proven`) covers what the forge merged.

### Why it matters

A sign-off by a different person does not certify who wrote the change.

### Example

A commit by `Ana Ruiz <ana@example.com>`:

```
Handle an empty refspec

Signed-off-by: Ana Ruiz <ana@users.noreply.example.com>
```

### How to fix

```
Handle an empty refspec

Signed-off-by: Ana Ruiz <ana@example.com>
```

git takes your name and address from `git config user.name` and `git config user.email`. If the author is wrong:

```
git -c user.name='Ana Ruiz' -c user.email=ana@example.com commit --amend --reset-author --signoff --no-edit
```

### Settings

```yaml
sign-off:
  signer: author-or-committer   # or `author`, or `author-and-committer`
  coauthors: ignore             # or `warn`, or `require`: every `Co-authored-by` has to sign off too
  never-sign: [ci@example.com]  # in addition to the known addresses of services
  aliases:                      # each list is one person
    - ["Ana Ruiz <ana@example.com>", "Ana Ruiz <1+ana@users.noreply.example.com>"]
  mailmap: false                # true: apply the `.mailmap` of the default branch
```
"#,
    },
    check: Check::Signoff(check),
};

/// Maximum number of sign-offs, and of co-authors, that are shown; a message may contain thousands.
const SHOWN: usize = 3;

fn check(subject: &Subject<'_>, settings: &SignoffSettings) -> Vec<CommitProblem> {
    let mismatch = match &subject.assessment.certification {
        Certification::Mismatched { found, wanted } => {
            Some(CommitProblem { help: super::sign_as_author(subject), ..mismatch(found, wanted) })
        }
        Certification::Given | Certification::Misnamed { .. } | Certification::Missing => None,
    };
    let required = settings.coauthors == Coauthors::Require;
    let coauthors = subject.assessment.coauthors.iter().filter(|_| required).take(SHOWN).map(coauthor);
    mismatch.into_iter().chain(coauthors).collect()
}

fn mismatch(found: &[Signoff], wanted: &[(IdentityRole, Identity)]) -> CommitProblem {
    let nearest =
        wanted.iter().flat_map(|(role, who)| found.iter().map(move |signoff| (signoff, *role, who)));
    let nearest = nearest.max_by_key(|(signoff, _, who)| similarity(&signoff.identity, who));
    let signoff = nearest.map(|(signoff, ..)| signoff).or(found.first());
    let mut notes: Vec<String> = found
        .iter()
        .take(SHOWN)
        .map(|signoff| format!("found    {}", shortened(&signoff.identity)))
        .collect();
    notes.extend(expected(wanted));
    notes.extend(nearest.and_then(|(signoff, _, who)| difference(signoff, who)));
    CommitProblem {
        message: message(found, signoff, wanted),
        help: None,
        notes,
        place: signoff.map(|signoff| signoff.line),
    }
}

fn message(found: &[Signoff], nearest: Option<&Signoff>, wanted: &[(IdentityRole, Identity)]) -> String {
    let roles: Vec<String> = wanted.iter().map(|(role, _)| format!("the {role}")).collect();
    let roles = if roles.is_empty() { "a person who may sign".to_owned() } else { roles.join(" or ") };
    let ineligible = nearest.and_then(|signoff| Some((signoff.line, signoff.ineligible.as_ref()?)));
    match (found.len(), ineligible) {
        (_, Some((line, Ineligible::Hidden(hidden)))) => {
            let before = escape(hidden.before.as_bytes());
            format!("the sign-off on line {line} contains a hidden character, {hidden} after `{before}`")
        }
        (_, Some((line, Ineligible::Service))) => {
            format!(
                "the sign-off on line {line} is by a service or an assistant, which cannot certify a commit"
            )
        }
        (1, None) => format!("the sign-off is not by {roles}"),
        (count, None) => format!("none of the {count} sign-offs is by {roles}"),
    }
}

/// Returns the required signers, one line each; one line in all if author and committer are the same.
fn expected(wanted: &[(IdentityRole, Identity)]) -> Vec<String> {
    match wanted {
        [(_, author), (_, committer)] if author == committer => {
            vec![format!("expected {} (author and committer)", shortened(author))]
        }
        _ => wanted.iter().map(|(role, who)| format!("expected {} ({role})", shortened(who))).collect(),
    }
}

/// Compares two identities: returns whether the addresses and whether the names are equal. The result orders
/// by similarity, the address first.
fn similarity(a: &Identity, b: &Identity) -> (bool, bool) {
    (email_difference(&a.email, &b.email).is_none(), name_difference(&a.name, &b.name).is_none())
}

/// Returns a note on the addresses of two identities with one name, if it is hard to see that they differ.
fn difference(signoff: &Signoff, who: &Identity) -> Option<String> {
    let found = &signoff.identity;
    let has_two_names = name_difference(&found.name, &who.name).is_some();
    if has_two_names || email_difference(&found.email, &who.email).is_none() {
        return None;
    }
    match found.email.iter().any(u8::is_ascii_whitespace) {
        true => Some("the address contains a space".to_owned()),
        false => near_email_difference(&found.email, &who.email)
            .map(|difference| format!("the addresses differ: {difference}")),
    }
}

fn coauthor(coauthor: &Coauthor) -> CommitProblem {
    CommitProblem {
        message: format!("the co-author `{}` has not signed off", coauthor.shortened_value()),
        help: Some("the co-author has to add their own `Signed-off-by`".to_owned()),
        notes: Vec::new(),
        place: Some(coauthor.line),
    }
}

fn shortened(identity: &Identity) -> String {
    identity.to_string().chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::CommitText;
    use crate::signoff::{CommitKind, People, assess};

    fn problems(trailers: &str, settings: &SignoffSettings) -> Vec<CommitProblem> {
        let text = CommitText {
            authors: vec!["Ana Ruiz <ana@x.test> 1 +0000".into()],
            committers: vec!["Bo Lind <bo@x.test> 1 +0000".into()],
            message: format!("s\n\n{trailers}\n").into(),
            ..CommitText::default()
        };
        let assessment = assess(&text, settings, &People::default());
        check(
            &Subject { text: &text, assessment: &assessment, kind: CommitKind::Ordinary, is_draft: false },
            settings,
        )
    }

    #[test]
    fn notes_show_found_expected_and_difference() {
        let problem = &problems("Signed-off-by: Ana Ruiz <an\u{430}@x.test>", &SignoffSettings::default())[0];
        assert_eq!(problem.message, "the sign-off is not by the author or the committer");
        assert_eq!(
            problem.notes,
            [
                "found    Ana Ruiz <anа@x.test>",
                "expected Ana Ruiz <ana@x.test> (author)",
                "expected Bo Lind <bo@x.test> (committer)",
                "the addresses differ: `а` (U+0430) instead of `a`"
            ]
        );
        assert_eq!(problem.place, Some(3));
        let help = "the author has to add `Signed-off-by: Ana Ruiz <ana@x.test>`, or whoever passes the commit on \
                    signs it with `git cherry-pick --signoff` or `git am --signoff`";
        assert_eq!(problem.help.as_deref(), Some(help));
    }

    #[test]
    fn author_who_is_also_committer_is_expected_once() {
        let ana = (IdentityRole::Author, Identity::new("Ana", "ana@x.test"));
        assert_eq!(expected(std::slice::from_ref(&ana)), ["expected Ana <ana@x.test> (author)"]);
        let both = [ana.clone(), (IdentityRole::Committer, ana.1)];
        assert_eq!(expected(&both), ["expected Ana <ana@x.test> (author and committer)"]);
    }

    #[test]
    fn problem_names_the_cause() {
        for (trailers, says) in [
            ("Signed-off-by: Cy <cy@x.test>\nSigned-off-by: Di <di@x.test>", "none of the 2 sign-offs"),
            ("Signed-off-by: Ana\u{200b} Ruiz <ana@x.test>", "a hidden character, U+200B after `Ana`"),
            ("Signed-off-by: GitHub <noreply@github.com>", "by a service"),
            ("Signed-off-by: Ana Ruiz <cy@x.test>", "not by the author or the committer"),
            ("Signed-off-by: Ana Ruiz <ruiz@company.example>", "not by the author or the committer"),
        ] {
            let problem = &problems(trailers, &SignoffSettings::default())[0];
            assert!(
                problem.notes.iter().all(|note| !note.contains("addresses differ")),
                "{:?}",
                problem.notes
            );
            assert!(problem.message.contains(says), "{trailers}: {}", problem.message);
        }
        let blank = &problems("Signed-off-by: Ana Ruiz < ana@x.test >", &SignoffSettings::default())[0];
        assert!(blank.notes.iter().any(|note| note == "the address contains a space"), "{:?}", blank.notes);
    }

    #[test]
    fn co_authors_must_sign_if_the_policy_requires_it() {
        let trailers = "Signed-off-by: Ana Ruiz <ana@x.test>\nCo-authored-by: Cy <cy@x.test>";
        assert_eq!(problems(trailers, &SignoffSettings::default()), []);
        let settings = SignoffSettings { coauthors: Coauthors::Require, ..SignoffSettings::default() };
        assert_eq!(
            problems(trailers, &settings)[0].message,
            "the co-author `Cy <cy@x.test>` has not signed off"
        );
        assert_eq!(problems(&format!("{trailers}\nSigned-off-by: Cy <cy@x.test>"), &settings), []);
    }
}
