//! Rule `malformed-commit`: an identity or the message of a commit is malformed.

use super::{Check, Rule};
use crate::report::{CommitProblem, Group, Level, RuleMeta};
use crate::signoff::settings::SignoffSettings;
use crate::signoff::{BadAddress, CommitFault, CommitKind, Subject};
use crate::text::{escape, head};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "malformed-commit",
        group: Group::Signoff,
        default_level: Level::Deny,
        summary: "a commit has a malformed author, committer or message",
        docs: r#"### What it checks

- Neither the message nor the headers contain a NUL byte.
- There is exactly one author and one committer, each in the form `name <address> time zone`, without other brackets.
- Names and addresses contain no control characters, no invisible characters and none that change the text direction.
- Both addresses are deliverable: exactly one `@`, no whitespace, a domain with a dot that is not local to one machine, and
  no number instead of a domain.

Merges are checked too.

### Why it matters

git does not show the part of a message after a NUL, and tools disagree on which of two authors counts, so one tool checks
what another never sees. An invisible character makes an identity look like a different person's. git makes up an address
like `ana@laptop.local` when `user.email` is not set; the author cannot be reached there.

### Example

```
Author: Ana Ruiz <ana@laptop.local>
```

### How to fix

```
git config user.name 'Ana Ruiz'
git config user.email ana@example.com
git commit --amend --reset-author --signoff --no-edit
```

### Settings

```yaml
sign-off:
  addresses: public             # or `any`: also accept a domain without a dot, a local one, or a number
```

`grandfathered`, `baseline` and `exempt` (see `missing-signoff`) also exempt commits from this rule.
"#,
    },
    check: Check::Signoff(check),
};

fn check(subject: &Subject<'_>, _: &SignoffSettings) -> Vec<CommitProblem> {
    subject.assessment.faults.iter().map(|fault| problem(fault, subject)).collect()
}

fn problem(fault: &CommitFault, subject: &Subject<'_>) -> CommitProblem {
    let place = match fault {
        CommitFault::NulInMessage { line } => Some(*line),
        _ => None,
    };
    let message = message(fault);
    let notes = note(fault).map(str::to_owned).into_iter().collect();
    CommitProblem { help: Some(help(fault, subject).to_owned()), notes, place, message }
}

fn message(fault: &CommitFault) -> String {
    match fault {
        CommitFault::NulInMessage { line } => {
            format!("the message contains a NUL on line {line}: git shows nothing after it")
        }
        CommitFault::NulInHeader => "a header contains a NUL: git shows no message".to_owned(),
        CommitFault::Count { role, count: 0 } => format!("the commit has no {role}"),
        CommitFault::Count { role, count } => {
            format!("the commit has {count} {role} headers, and tools disagree on which one counts")
        }
        CommitFault::Unreadable { role, value } => {
            let value = escape(head(value, 120));
            format!("the {role} is not a name, an address, a time and a time zone: `{value}`")
        }
        CommitFault::Hidden { role, hidden } => {
            let before = escape(hidden.before.as_bytes());
            format!("the {role} contains a hidden character, {hidden} after `{before}`")
        }
        CommitFault::Address { role, email, reason } => {
            let email = escape(head(email, 120));
            format!("the address of the {role}, `{email}`, {reason}")
        }
    }
}

/// Returns a note on the setting that allows an address.
fn note(fault: &CommitFault) -> Option<&'static str> {
    let CommitFault::Address { reason, .. } = fault else { return None };
    matches!(reason, BadAddress::NoDot | BadAddress::LocalDomain | BadAddress::Number).then_some(
        "a policy may allow such addresses, which a company network may have: `sign-off.addresses: any`",
    )
}

/// Returns advice for the repair of a commit, or of one that is about to be made.
fn help(fault: &CommitFault, subject: &Subject<'_>) -> &'static str {
    let is_message = matches!(fault, CommitFault::NulInMessage { .. } | CommitFault::NulInHeader);
    match (is_message, fault) {
        (true, _) if subject.is_draft => "take the NUL out of the message",
        (true, _) => "rewrite the message: `git commit --amend --signoff --message=..`",
        (false, _) if subject.kind == CommitKind::Patch => {
            "correct the line `From:` of the patch; if you are the committer, set `git config user.name` and \
             `git config user.email`"
        }
        (false, CommitFault::Hidden { .. }) if subject.is_draft => {
            "take the character out of `git config user.name` and `git config user.email` before you make the commit again"
        }
        (false, _) if subject.is_draft => {
            "set `git config user.name` and `git config user.email` before you make the commit again"
        }
        (false, CommitFault::Hidden { .. }) => {
            "its author takes the character out of `git config user.name` and `git config user.email`, and makes it anew: \
             `git commit --amend --reset-author --signoff --no-edit --allow-empty`"
        }
        (false, _) => {
            "its author sets `git config user.name` and `git config user.email`, and makes it anew: \
             `git commit --amend --reset-author --signoff --no-edit --allow-empty`"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::CommitText;
    use crate::signoff::{People, assess};

    #[test]
    fn each_fault_is_one_problem_with_its_cause() {
        let signed = "s\n\nSigned-off-by: Ana <ana@x.test>\n";
        for (author, message, says) in [
            ("Ana <ana@x.test> 1 +0000", "s\n\n\0\n", "a NUL on line 3"),
            (
                "Ana <ana@x.test>",
                signed,
                "not a name, an address, a time and a time zone: `Ana <ana@x.test>`",
            ),
            (
                "Ana\u{202e} <ana@x.test> 1 +0000",
                signed,
                "the author contains a hidden character, U+202E after `Ana`",
            ),
            (
                "Ana <ana@localhost> 1 +0000",
                signed,
                "`ana@localhost`, has a domain that is local to one machine",
            ),
        ] {
            let text = CommitText {
                authors: vec![author.into()],
                committers: vec!["Ana <ana@x.test> 1 +0000".into()],
                message: message.into(),
                ..CommitText::default()
            };
            let settings = SignoffSettings::default();
            let assessment = assess(&text, &settings, &People::default());
            let found = |kind, is_draft| {
                check(&Subject { text: &text, assessment: &assessment, kind, is_draft }, &settings)
            };
            let problems = found(CommitKind::Ordinary, false);
            assert_eq!(problems.len(), 1, "{author}");
            assert!(problems[0].message.contains(says), "{author}: {}", problems[0].message);
            let nul = message.contains('\0');
            assert_eq!(problems[0].place, nul.then_some(3), "{author}");
            let help = problems[0].help.as_ref().unwrap();
            assert!(help.contains(if nul { "--message=.." } else { "--reset-author" }), "{help}");
            for kind in [CommitKind::Ordinary, CommitKind::Merge, CommitKind::Patch] {
                let draft = found(kind, true).remove(0).help.unwrap();
                assert!(!draft.contains("--amend") && !draft.is_empty(), "{draft}");
            }
        }
    }
}
