//! Property test: an edit adds exactly the problems that no old version has as often.

use std::cell::Cell;
use std::sync::Arc;

use bstr::BString;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;

use super::super::check::{check_file, workflow_problems};
use super::super::version::{FileVersion, OlderVersion};
use super::super::{SourceFile, WorkflowJudge};
use super::OID;
use crate::git::{Mode, Oid, Older};
use crate::judge::comments::CommentFilter;
use crate::policy::Policy;
use crate::report::{Location, RuleMeta, WorkflowProblem, joined};
use crate::workflow::{Document, FileKind};

/// Minimum number of edits; `PROPTEST_CASES` can raise it.
const EDITS: u32 = 1500;

/// Steps of the generated files, also inserted by edits.
const STEPS: &[&str] = &[
    "      - uses: evil/action@main",
    "      - uses: Evil//Action@main",
    "      - uses: evil/action@main # git-gate: allow[unpinned-uses] no release yet",
    "      - uses: good/action@OID # v1.2.3",
    "      - uses: good/action@OID",
    "      - uses: actions/checkout@OID # v4",
    "      - uses: actions/checkout@OID # v4\n        with: {persist-credentials: false}",
    "      - uses: docker://alpine:3",
    "      - run: docker push ghcr.io/x/y",
    "      - run: |\n          cosign sign -y ghcr.io/x/y@sha256:0",
    "      - uses: *u",
    "      - parallel:\n          - uses: evil/other@v1",
    "      - uses: evil/action@main\n        if: false",
    "      - run: x\n        env: {P: \"${{ secrets.P }}\"}",
];

/// Other lines that edits insert.
const LINES: &[&str] = &[
    "      - &u",
    "      - <<: *u",
    "        uses: evil/third@v2",
    "        with: {persist-credentials: true}",
    "    container: alpine",
    "    environment: release",
    "    permissions: {contents: write}",
    "    permissions: write-all",
    "permissions: {}",
    "permissions: {id-token: write}",
    "env: {A: &u good/action@OID}",
    "  d:\n    steps:",
    "    if: false",
    "# a comment",
    "  \t- [",
];

/// Words that edits replace, with their replacements.
const WORDS: &[(&str, &str)] = &[
    ("@main", "@OID"),
    ("@OID", "@main"),
    ("@OID", "@v2"),
    ("false", "true"),
    ("true", "false"),
    ("evil", "good"),
    ("good", "evil"),
    ("  a:", "  c:"),
    ("uses", "name"),
    ("name", "uses"),
    (" # ", " "),
    ("    ", "  "),
];

const PATHS: &[&str] =
    &[".github/workflows/x.yml", ".gitea/workflows/x.yml", "action.yml", ".github/workflows/action.yml"];

/// One edit of a text: the line, the kind of edit, and its argument.
type LineEdit = (Index, u8, Index);

fn edits() -> impl Strategy<Value = Vec<LineEdit>> {
    proptest::collection::vec((any::<Index>(), 0..8_u8, any::<Index>()), 0..5)
}

/// Generates jobs with steps, and an action with the same steps, so that every path has something that runs.
fn base() -> impl Strategy<Value = Vec<String>> {
    let steps = proptest::collection::vec(select(STEPS), 1..5);
    proptest::collection::vec(steps, 1..4).prop_map(|jobs| {
        let mut text = "on: push\nenv: {A: &u evil/action@main}\n".to_owned();
        for (steps, head) in jobs.iter().zip(["jobs:\n  a:", "  b:", "  c:"]) {
            text += &format!("{head}\n    steps:\n{}\n", steps.join("\n"));
        }
        text += &format!("runs:\n    steps:\n{}", jobs[0].join("\n"));
        text.lines().map(str::to_owned).collect()
    })
}

fn edited(lines: &[String], edits: &[LineEdit]) -> Vec<String> {
    let mut lines = lines.to_vec();
    for (line, kind, with) in edits {
        if lines.is_empty() {
            break;
        }
        let (at, other) = (line.index(lines.len()), with.index(lines.len()));
        match kind {
            0 => drop(lines.remove(at)),
            1 => lines.insert(other, lines[at].clone()),
            2 => lines.insert(at, LINES[with.index(LINES.len())].to_owned()),
            3 => lines.swap(at, other),
            4..6 => {
                // Insert before a step, or at the beginning of a list of steps.
                let is_step = |line: &String| line.starts_with("      -") || line.ends_with("steps:");
                let places: Vec<usize> = (0..lines.len()).filter(|at| is_step(&lines[*at])).collect();
                let Some(step) = places.get(at % places.len().max(1)) else { continue };
                let place = if lines[*step].ends_with("steps:") { step + 1 } else { *step };
                lines.insert(place, STEPS[with.index(STEPS.len())].to_owned());
            }
            _ => {
                let (from, to) = WORDS[with.index(WORDS.len())];
                lines[at] = lines[at].replacen(from, to, 1);
            }
        }
    }
    lines
}

fn text(lines: &[String]) -> String {
    lines.join("\n").replace("OID", OID) + "\n"
}

fn reading(policy: &Policy, path: &BString, text: &str) -> Arc<FileVersion> {
    let documents = Document::read(text.as_bytes(), FileKind::of(path).unwrap());
    let (results, _) = check_file(policy, path, &documents, CommentFilter::All);
    Arc::new(FileVersion {
        is_workflow: true,
        results,
        text: text.as_bytes().into(),
        ..FileVersion::default()
    })
}

/// Rule, line, column and message of a problem, as a finding shows them.
type Shown = (&'static str, Option<u32>, Option<u32>, String);

fn shown(text: &str, (rule, problem): &(&'static RuleMeta, WorkflowProblem)) -> Shown {
    let (line, column) = problem.place.span.map(|span| span.position(text.as_bytes())).unzip();
    (rule.id, line, column, problem.message.clone())
}

/// Returns the problems that the judge reports as added by one version to others.
fn added(policy: &Policy, path: &BString, new: &str, old: &[&str]) -> Vec<Shown> {
    let [blob, other] = [1, 2].map(|byte| Oid::from_bytes(&[byte; 20]).unwrap());
    let older = |text: &&str| OlderVersion {
        entry: Some((Mode::File, other)),
        version: Some(reading(policy, path, text)),
    };
    let older = Older::of_parents(old.iter().map(older).collect());
    let reading = reading(policy, path, new);
    let place = SourceFile { commit: None, blob, path, text: &reading.text };
    let judged = WorkflowJudge::new(policy).added(place, Mode::File, &reading, &older);
    let shown = judged.findings.into_iter().map(|finding| match finding.location {
        Location::Blob { line, column, .. } => (finding.rule.id, line, column, finding.message),
        other => panic!("{other:?}"),
    });
    shown.collect()
}

/// Problem of a whole file.
type Whole = (&'static RuleMeta, WorkflowProblem);

/// Returns the number of problems in a version that equal the given one.
fn count_of(problems: &[Whole], (rule, problem): &Whole) -> usize {
    let same = |other: &&Whole| other.0.id == rule.id && other.1.place.key == problem.place.key;
    problems.iter().filter(same).count()
}

/// Returns the problems of the new version that exceed their count in every old version.
///
/// Problems without a key never equal each other.
fn difference(new: &[Whole], old: &[Vec<Whole>]) -> Vec<Whole> {
    let is_added = |(at, problem): &(usize, &Whole)| {
        let ordinal = count_of(&new[..=*at], problem);
        problem.1.place.key.is_none() || old.iter().all(|old| count_of(old, problem) < ordinal)
    };
    new.iter().enumerate().filter(is_added).map(|(_, problem)| problem.clone()).collect()
}

#[test]
fn added_problems_are_the_difference_of_whole_files() {
    let policy = Policy::default();
    let (edits_tried, adding, keeping) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let count = |cell: &Cell<u32>, when: bool| cell.set(cell.get() + u32::from(when));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new(ProptestConfig { cases: config.cases.max(EDITS), ..config });
    let edits = (edits(), edits(), edits());
    let outcome = runner.run(&(select(PATHS), base(), edits, 1..3_usize), |(path, base, edits, parents)| {
        let path = BString::from(path);
        let new = text(&edited(&base, &edits.0));
        let old = [text(&edited(&base, &edits.1)), text(&edited(&base, &edits.2))];
        let old: Vec<&str> = old[..parents].iter().map(String::as_str).collect();
        let problems = |text: &str| workflow_problems(&policy, &path, text.as_bytes(), None);
        let (new_problems, old_problems) =
            (problems(&new), old.iter().map(|text| problems(text)).collect::<Vec<_>>());
        let found = added(&policy, &path, &new, &old);

        let expected = difference(&new_problems, &old_problems);
        let shown: Vec<Shown> = joined(expected).iter().map(|problem| shown(&new, problem)).collect();
        prop_assert_eq!(&found, &shown);

        // The order of the parents does not matter. An unchanged file adds only problems without a key.
        let reversed: Vec<&str> = old.iter().rev().copied().collect();
        prop_assert_eq!(&added(&policy, &path, &new, &reversed), &found);
        let nameless = new_problems.iter().filter(|(_, problem)| problem.place.key.is_none()).count();
        prop_assert_eq!(added(&policy, &path, &new, &[&new]).len(), nameless);
        count(&edits_tried, true);
        count(&adding, found.len() > nameless);
        count(&keeping, found.len() < new_problems.len());
        Ok(())
    });
    outcome.unwrap();
    let fifth = edits_tried.get() / 5;
    assert!(adding.get() > fifth && keeping.get() > fifth, "{adding:?} and {keeping:?} of {edits_tried:?}");
}
