//! Rule `misnamed-signoff`: a sign-off has the address of a required signer under another name.

use super::{Check, Rule};
use crate::report::{CommitProblem, Group, Level, RuleMeta};
use crate::signoff::settings::SignoffSettings;
use crate::signoff::{
    Certification, Identity, IdentityRole, Signoff, Subject, email_difference, near_name_difference,
};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "misnamed-signoff",
        group: Group::Signoff,
        default_level: Level::Warn,
        summary: "a sign-off has the address of the author or committer under another name",
        docs: r#"### What it checks

No sign-off has the name and the address of the author or committer, but one has the address. The address decides who signed:
such a commit has no `mismatched-signoff`. Upper and lower case, composed and decomposed letters, joiners, and the number of
spaces in a name do not matter. Look-alike characters do.

### Why it matters

Forges put the name of a profile or the login into the commit, while the sign-off has the name that the person signs with. It
is the same mailbox, so the same person certifies the change. Two names for one person make a history harder to read, and a
look-alike name may be meant to deceive.

### Example

A commit by `aruiz <ana@example.com>`:

```
Handle an empty refspec

Signed-off-by: Ana Ruiz <ana@example.com>
```

### How to fix

```
Handle an empty refspec

Signed-off-by: aruiz <ana@example.com>
```

Better, commit under the name that you sign with:

```
git -c user.name='Ana Ruiz' -c user.email=ana@example.com commit --amend --reset-author --signoff --no-edit
```

### Settings

```yaml
rules:
  misnamed-signoff: warn        # or `deny`: names have to be equal, or `allow`: only the address counts
sign-off:
  aliases:                      # each list is one person
    - ["Ana Ruiz <ana@example.com>", "aruiz <ana@example.com>"]
  mailmap: false                # true: apply the `.mailmap` of the default branch
```
"#,
    },
    check: Check::Signoff(check),
};

fn check(subject: &Subject<'_>, _: &SignoffSettings) -> Vec<CommitProblem> {
    match &subject.assessment.certification {
        Certification::Misnamed { signoff, person: (role, who) } => {
            vec![problem(signoff, *role, who, subject.is_draft)]
        }
        Certification::Given | Certification::Missing | Certification::Mismatched { .. } => Vec::new(),
    }
}

fn problem(signoff: &Signoff, role: IdentityRole, who: &Identity, is_draft: bool) -> CommitProblem {
    let note = near_name_difference(&signoff.identity.name, &who.name)
        .map(|difference| format!("the names differ: {difference}"));
    let is_same_address = email_difference(&signoff.identity.email, &who.email).is_none();
    let same = if is_same_address { "same address" } else { "same person" };
    CommitProblem {
        message: format!(
            "{same}, another name: the {role} is `{}`, the sign-off on line {} is by `{}`",
            super::shortened_name(who),
            signoff.line,
            super::shortened_name(&signoff.identity)
        ),
        help: Some(help(is_draft).to_owned()),
        notes: note.into_iter().collect(),
        place: Some(signoff.line),
    }
}

/// Returns the advice; an amend of a commit that does not exist yet would rewrite the one before it.
fn help(is_draft: bool) -> &'static str {
    match is_draft {
        true => "set `git config user.name` to the name that you sign with before you make the commit again",
        false => {
            "set `git config user.name` to the name that you sign with, then recreate your commit: \
             `git commit --amend --reset-author --signoff --no-edit --allow-empty`"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::CommitText;
    use crate::signoff::{CommitKind, People, assess};

    fn problems(author: &str, signoff: &str) -> Vec<CommitProblem> {
        let author = format!("{author} 1 +0000");
        let text = CommitText {
            authors: vec![author.clone().into()],
            committers: vec![author.into()],
            message: format!("s\n\nSigned-off-by: {signoff}\n").into(),
            ..CommitText::default()
        };
        let settings = SignoffSettings::default();
        let assessment = assess(&text, &settings, &People::default());
        check(
            &Subject { text: &text, assessment: &assessment, kind: CommitKind::Ordinary, is_draft: false },
            &settings,
        )
    }

    #[test]
    fn both_names_are_shown() {
        let [problem] = problems("aruiz <ana@x.test>", "Ana Ruiz <ANA@x.test>").try_into().unwrap();
        assert_eq!(
            problem.message,
            "same address, another name: the author is `aruiz`, the sign-off on line 3 is by `Ana Ruiz`"
        );
        assert_eq!((problem.place, problem.notes.len()), (Some(3), 0));
        let [problem] = problems("Ana <ana@x.test>", "An\u{430} <ana@x.test>").try_into().unwrap();
        assert_eq!(problem.notes, ["the names differ: `а` (U+0430) instead of `a`"]);
        let [problem] = problems("Ana <ana@x.test>", "Ana\u{2800} <ana@x.test>").try_into().unwrap();
        assert_eq!(problem.notes, ["the names differ: `\u{2800}` (U+2800) instead of the end of the text"]);
    }

    #[test]
    fn equal_names_and_other_addresses_are_no_problem_here() {
        for signoff in ["ANA  ruiz <ana@x.test>", "Ana Ruiz <other@x.test>", "Bo <bo@x.test>"] {
            assert_eq!(problems("Ana Ruiz <ana@x.test>", signoff), [], "{signoff}");
        }
    }

    #[test]
    fn commit_before_a_draft_is_not_amended() {
        assert!(help(false).contains("--amend") && !help(true).contains("--amend"));
    }
}
