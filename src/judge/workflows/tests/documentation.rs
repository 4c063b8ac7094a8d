//! Examples in the documentation of the rules.

use std::path::Path;

use super::super::check::CheckResult;
use super::super::check::check_file;
use crate::judge::comments::CommentFilter;
use crate::policy::Policy;
use crate::report::Group;
use crate::rules::RULES;
use crate::workflow::{Document, FileKind, LOCK_PATH};
use bstr::BString;

/// Returns the YAML after `Bad:` and after `Good:` in the documentation of a rule, each as a workflow.
///
/// An example that begins with `on:` or `name:` is a whole workflow, one with `version:` a lock file; one that
/// begins with `-` is the steps of a job, any other the keys of a job.
fn examples(docs: &str) -> [String; 2] {
    ["Bad:", "Good:"].map(|title| {
        let (_, rest) = docs.split_once(title).unwrap();
        let (_, rest) = rest.split_once("```yaml\n").unwrap();
        let (example, _) = rest.split_once("```").unwrap();
        if ["on:", "name:", "version:"].iter().any(|key| example.starts_with(key)) {
            return example.to_owned();
        }
        let (head, indent) = if example.starts_with('-') { ("    steps:\n", "      ") } else { ("", "    ") };
        let lines: String = example.lines().map(|line| format!("{indent}{line}\n")).collect();
        format!("on: push\njobs:\n  a:\n{head}{lines}")
    })
}

#[test]
fn documented_examples_are_bad_and_good() {
    let policy =
        "rules: {outdated-action: warn}\nworkflows: {minimum-versions: {actions/setup-go: v5.5.0}}\n";
    let policy = Policy::parse(policy.as_bytes(), Path::new("p.yml")).unwrap();
    for rule in RULES.iter().filter(|rule| rule.meta.group == Group::Workflow) {
        let [bad, good] = examples(rule.meta.docs);
        let found = |text: &str| {
            let path = if text.starts_with("version:") { LOCK_PATH } else { ".github/workflows/x.yml" };
            let documents = Document::read(text.as_bytes(), FileKind::of(path.as_bytes()).unwrap());
            let (results, _) = check_file(&policy, &BString::from("x"), &documents, CommentFilter::All);
            results
                .iter()
                .any(|result| matches!(result, CheckResult::Problem(own, _) if own.id == rule.meta.id))
        };
        assert!(found(&bad), "{}:\n{bad}", rule.meta.id);
        assert!(!found(&good), "{}:\n{good}", rule.meta.id);
    }
}
