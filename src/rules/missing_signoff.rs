//! Rule `missing-signoff`: a commit has no sign-off in its trailer block.

use super::{Check, Rule};
use crate::report::{CommitProblem, Group, Level, RuleMeta};
use crate::signoff::settings::{MergePolicy, SignoffSettings};
use crate::signoff::{Certification, CommitKind, MissingReason, Subject};
use crate::text::escape;

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "missing-signoff",
        group: Group::Signoff,
        default_level: Level::Deny,
        summary: "a commit has no sign-off in its trailer block",
        docs: r#"### What it checks

Every new commit has a sign-off in its trailer block: a line `Signed-off-by: Name <address>` in the last paragraph of the
message, followed by nothing but trailers. Trailers are parsed by git's own rules, independent of git config: the key may be
in upper or lower case, a value may continue on an indented line, and a block may contain other text if at least a quarter
of it is trailers. Blocks that are separated by a blank line count as one block.

A line that is quoted, indented, commented out, part of the title, below a scissors line, or followed by text is not a
sign-off.

A merge needs no sign-off if git creates exactly the same result by itself. A merge with content of its own needs one: a
resolved conflict, an edited or added file, one side taken completely, `-s ours`. A commit that names the same parent twice
is not a merge. The merge is repeated with git's defaults: merge drivers, attributes such as `merge=union` and settings such
as `merge.renames` have no effect, wherever they stand; but changes may also be found by Myers' algorithm, with which older
versions of git and forges merge. A merge that would take too long to repeat needs a sign-off: one of
more than 16 parents, of branches that were merged with each other many times, or with more than 1,000 renamed files.

With `merges: conflicts`, a merge of two commits may differ inside paths that conflict when it is repeated, and nowhere else:
everybody resolves conflicts, and a resolution is only part of a merge. Such a path may be recorded with any content of the
same kind, or be removed. Where git moves a file out of the way of a directory, either name may be recorded. The content is
judged by all other rules as ever. The report counts these merges. A merge with one of several merge bases is not what git
merges: whoever picks the base can undo a change.

That gives something away: whoever may push can put any content into a file that conflicts, and make it executable, without
a sign-off. A merge with an old branch is enough for a file to conflict, and so is one with a branch made for the purpose.
Where the sign-off of every line matters, leave it at `clean`.

### Why it matters

With the sign-off, a contributor certifies the Developer Certificate of Origin (<https://developercertificate.org>): that
they may submit the change under the project's licence. A check that accepts a quoted line, or any commit with two parents,
does not ensure that.

### Example

```
Handle an empty refspec

An empty refspec means the default branch.
```

### How to fix

```
Handle an empty refspec

An empty refspec means the default branch.

Signed-off-by: Ana Ruiz <ana@example.com>
```

`git commit --amend --signoff --no-edit` adds the line to the last commit, `git rebase --signoff <base>` to all commits
since `<base>`; the report names the base. In the future, use `git commit -s`, `git merge --signoff`, `git revert --signoff`
and `git cherry-pick --signoff`. Sign off only your own commits; `git gate fix --sign-off` makes sure of that.

### Settings

```yaml
sign-off:
  position: trailer             # or `anywhere`: at the start of any line
  merges: clean                 # or `conflicts`: nor does a resolved conflict, `skip`: no merge needs a sign-off,
                                # or `require`: every merge needs one
  grandfathered:                # commits that are accepted as they are
    - commits: [11bd71901bbe5b1630ceea73d27597364c9af683]
      reason: imported from the old tracker
  baseline:                     # commits that are accepted with their whole history
    - commit: 11bd71901bbe5b1630ceea73d27597364c9af683
      reason: history before the sign-off was introduced
  exempt:                       # users, by the name that the server has authenticated
    - pusher: renovate
      authors: [renovate@example.com]       # without it, commits of anybody
      reason: it cannot sign
  proven:                       # keys whose signature of a commit counts in the place of the sign-off
    - keys: /etc/git-gate/forge.gpg
      fingerprints: [968479A1AFF927E37D1A566BB5690EEEBB952194]
      authors: any              # or a list of addresses
      needs: related-signoff    # or `any-signoff`; with listed authors also `nothing`
      reason: the forge rewrites the author when it squashes
  remediation:                  # later commits may sign off earlier ones of the same push
    individual: false           # by their author
    third-party: false          # by a representative
  representatives: [Bo Lind <bo@example.com>]
```

Which key for honest commits that are refused: `merges: conflicts` for resolved conflicts; `mailmap` (kept by the project) or
`aliases` (kept by you) for a person or a bot with two addresses; `proven` for squashes and bots of a forge that signs; `exempt`
with `authors` for a bot that pushes; `baseline` for the history before the gate, `grandfathered` for single commits;
`remediation` for what is remedied in the same push; `addresses: any` for domains of the house. "Which key for which case" in
the README has an example for each.

The reasons are shown in the report when an exemption or a proof applies. A signature counts if it is by a key of `fingerprints`:
that of a certificate with all its subkeys, or of one subkey. `related-signoff` is a sign-off that has the name, the login or the
mailbox of the author. Only a commit that would be refused for its sign-off is verified, and not in `commit-msg`, where there is no
signature yet.

If `remediation` is not set, `allowRemediationCommits` in the
`.github/dco.yml` of the default branch applies, if it is valid. A commit is signed off by the following line in a later commit that has a
sign-off itself and is not a merge:

```
I, Ana Ruiz <ana@example.com>, hereby add my Signed-off-by to this commit: <oid>
On behalf of Ana Ruiz <ana@example.com>, I, Bo Lind <bo@example.com>, hereby add my Signed-off-by to this commit: <oid>
```
"#,
    },
    check: Check::Signoff(check),
};

fn check(subject: &Subject<'_>, settings: &SignoffSettings) -> Vec<CommitProblem> {
    match &subject.assessment.certification {
        Certification::Missing => {
            let reason = MissingReason::find(&subject.text.message, settings.position);
            vec![problem(&reason, subject, settings.merges)]
        }
        Certification::Given | Certification::Misnamed { .. } | Certification::Mismatched { .. } => {
            Vec::new()
        }
    }
}

fn problem(reason: &MissingReason, subject: &Subject<'_>, merges: MergePolicy) -> CommitProblem {
    let (message, line, note) = explanation(reason);
    let notes = note.into_iter().chain(kind_note(subject.kind, merges)).map(str::to_owned);
    CommitProblem { message, help: super::sign_as_author(subject), notes: notes.collect(), place: line }
}

/// Returns the message, the line of the wrong sign-off, and a note.
fn explanation(reason: &MissingReason) -> (String, Option<u32>, Option<&'static str>) {
    match reason {
        MissingReason::Nothing => ("no sign-off".to_owned(), None, None),
        MissingReason::InvalidValue { line, value } if value.is_empty() => {
            (format!("the sign-off on line {line} is empty"), Some(*line), Some(FORM))
        }
        MissingReason::InvalidValue { line, value } => (
            format!("the sign-off on line {line} is not a name and an address: `{}`", shortened(value)),
            Some(*line),
            Some(FORM),
        ),
        MissingReason::Wrapped { line } => (
            format!("the sign-off on line {line} is broken over two lines"),
            Some(*line),
            Some("write it on one line, or indent the second line"),
        ),
        MissingReason::InTitle { line } => (
            format!("the sign-off on line {line} is part of the title"),
            Some(*line),
            Some("the first paragraph is the title: put a blank line before the sign-off"),
        ),
        MissingReason::BeforeProse { line, prose } => (
            format!("the sign-off on line {line} is not in the trailer block: line {prose} is not a trailer"),
            Some(*line),
            Some("put the sign-off at the end of the message, followed by nothing but trailers"),
        ),
        MissingReason::InParagraph { line } => (
            format!(
                "the sign-off on line {line} is not in a trailer block: it is the last line of a paragraph"
            ),
            Some(*line),
            Some("put a blank line before it"),
        ),
        MissingReason::BelowScissors { line } => (
            format!("the sign-off on line {line} is below a scissors line"),
            Some(*line),
            Some("git removes everything below `# --- >8 ---` from the message"),
        ),
        MissingReason::Quoted { line } => (
            format!("the sign-off on line {line} is indented, quoted or commented out"),
            Some(*line),
            Some("a sign-off has to start in the first column"),
        ),
        MissingReason::Misspelt { line, key } => (
            format!("line {line} begins with `{}`, not with `Signed-off-by:`", shortened(key)),
            Some(*line),
            Some("write it exactly so, in upper or lower case, with a colon of ASCII"),
        ),
    }
}

const FORM: &str = "a sign-off is `Signed-off-by: Name <address>`, with nothing after it";

/// Returns a note on the command that signs a merge or a revert.
///
/// A merge that is compared with the conflicts that git sees has a note of its own on what differs.
fn kind_note(kind: CommitKind, merges: MergePolicy) -> Option<&'static str> {
    match kind {
        CommitKind::Ordinary | CommitKind::Patch => None,
        CommitKind::Revert => Some("reverts need a sign-off too: `git revert --signoff`"),
        CommitKind::Merge if merges == MergePolicy::Conflicts => Some(
            "this merge differs from what git creates by itself, so its author has to sign it off: `git merge --signoff`",
        ),
        CommitKind::Merge => Some(
            "this merge differs from what git creates by itself (for example, a resolved conflict), so its author has to \
             sign it off: `git merge --signoff`",
        ),
        CommitKind::CostlyMerge => Some(
            "this merge has too many parents or merge bases to be repeated, so its author has to sign it off: \
             `git merge --signoff`",
        ),
    }
}

fn shortened(text: &[u8]) -> String {
    escape(text.get(..80).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::CommitText;
    use crate::signoff::{People, assess};

    fn problems(message: &str, kind: CommitKind) -> Vec<CommitProblem> {
        let ana = "Ana Ruiz <ana@x.test> 1 +0000";
        let text = CommitText {
            authors: vec![ana.into()],
            committers: vec![ana.into()],
            message: message.into(),
            ..CommitText::default()
        };
        let settings = SignoffSettings::default();
        let assessment = assess(&text, &settings, &People::default());
        check(&Subject { text: &text, assessment: &assessment, kind, is_draft: false }, &settings)
    }

    #[test]
    fn signed_commit_is_no_problem() {
        assert_eq!(problems("s\n\nSigned-off-by: Ana Ruiz <ana@x.test>\n", CommitKind::Ordinary), []);
    }

    #[test]
    fn problem_shows_the_wrong_signoff_and_its_line() {
        for (message, says, place) in [
            ("s\n", "no sign-off", None),
            ("s\n\nSigned-off-by: Ana\n", "line 3 is not a name and an address: `Ana`", Some(3)),
            ("s\n\nSigned-off-by: \n", "line 3 is empty", Some(3)),
            ("s\nSigned-off-by: Ana <a@x.test>\n", "line 2 is part of the title", Some(2)),
            ("s\n\nSigned-off-by: Ana <a@x.test>\nis it\n", "line 4 is not a trailer", Some(3)),
            ("s\n\n> Signed-off-by: Ana <a@x.test>\n", "line 3 is indented, quoted", Some(3)),
            ("s\n\nSigned-off-bye: A <a@x.test>\n", "line 3 begins with `Signed-off-bye:`", Some(3)),
        ] {
            let [problem] = problems(message, CommitKind::Ordinary).try_into().unwrap();
            assert!(problem.message.contains(says), "{message:?}: {}", problem.message);
            assert_eq!(problem.place, place, "{message:?}");
        }
    }

    #[test]
    fn quoted_message_text_is_escaped_and_cut() {
        let [problem] =
            problems("s\n\nSigned-off-by: \u{1b}[31m\n", CommitKind::Ordinary).try_into().unwrap();
        assert!(problem.message.contains(r"`\x1b[31m`"), "{}", problem.message);
        let long = format!("s\n\nSigned-off-by: {}\n", "x".repeat(9000));
        assert!(problems(&long, CommitKind::Ordinary)[0].message.len() < 200);
    }

    #[test]
    fn invalid_author_gets_no_advice_to_sign() {
        let text = CommitText { authors: vec!["Ana <ana@host> 1 +0000".into()], ..CommitText::default() };
        let settings = SignoffSettings::default();
        let assessment = assess(&text, &settings, &People::default());
        let problems = check(
            &Subject { text: &text, assessment: &assessment, kind: CommitKind::Ordinary, is_draft: false },
            &settings,
        );
        assert_eq!((problems.len(), problems[0].help.as_ref()), (1, None));
    }

    #[test]
    fn merges_and_reverts_show_the_signing_command() {
        assert!(problems("s\n", CommitKind::Merge)[0].notes[0].contains("git merge --signoff"));
        assert!(problems("s\n", CommitKind::Revert)[0].notes[0].contains("git revert --signoff"));
    }
}
