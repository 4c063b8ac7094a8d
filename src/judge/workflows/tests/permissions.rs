//! Permissions of workflows and jobs.

use super::super::check::CheckResult;
use super::super::check::check_file;
use crate::judge::comments::CommentFilter;
use crate::policy::Policy;
use crate::report::{Problem, WorkflowPlace};
use crate::workflow::{Document, FileKind};
use bstr::BString;

/// Returns the lines of the findings about permissions.
fn permissions(path: &str, text: &str) -> Vec<u32> {
    let documents = Document::read(text.as_bytes(), FileKind::of(path.as_bytes()).unwrap());
    let (results, _) = check_file(&Policy::default(), &BString::from(path), &documents, CommentFilter::All);
    let line = |result: &CheckResult| match result {
        CheckResult::Problem(rule, Problem { place: WorkflowPlace { span: Some(span), .. }, .. })
            if rule.id == "excessive-permissions" =>
        {
            Some(span.position(text.as_bytes()).0)
        }
        _ => None,
    };
    results.iter().filter_map(line).collect()
}

#[test]
fn permissions_must_be_explicit_and_minimal() {
    let one = "jobs:\n  a: {steps: []}\n";
    let two = "jobs:\n  a: {steps: []}\n  b: {permissions: {contents: write}}\n";
    for (head, jobs, lines) in [
        ("", one, &[2][..]),
        ("", two, &[2]),
        ("permissions: {}\n", two, &[]),
        ("permissions: {contents: read, packages: read, issues: none}\n", two, &[]),
        ("permissions: write-all\n", one, &[1]),
        ("permissions: ${{ 'write-all' }}\n", one, &[1]),
        ("permissions: read-all\n", two, &[1]),
        ("permissions: ${{ x }}\n", one, &[1]),
        ("permissions:\n", one, &[1]),
        ("permissions:\n  id-token: write\n", two, &[2]),
        ("permissions:\n  id-token: write\n", one, &[]),
        ("permissions: {id-token: write}\n", "jobs:\n  a: {permissions: {}}\n  b: {permissions: {}}\n", &[]),
        ("permissions: read-all\n", "jobs:\n  a: {permissions: {contents: read}}\n", &[]),
        ("permissions: read-all\n", "jobs: {}\n", &[1]),
        ("permissions: {content: read}\n", "jobs:\n  a: {permissions: {}}\n", &[1]),
        ("permissions:\n  content: read\n  issues: all\n", one, &[2, 3]),
        ("", "jobs:\n  a: {permissions: write-all}\n  b: {permissions: {}}\n", &[2]),
        ("", "jobs:\n  a: {uses: ./.github/workflows/x.yml}\n", &[2]),
    ] {
        let text = format!("{head}{jobs}");
        assert_eq!(permissions(".github/workflows/x.yml", &text), lines, "{text}");
        assert!(permissions(".gitea/workflows/x.yml", &text).is_empty(), "{text}");
    }
    assert!(permissions("action.yml", "runs: {steps: []}\npermissions: write-all\n").is_empty());
}

/// Other tools accept some of these grants.
///
/// zizmor reports nothing if there is only one job; scorecard accepts `read-all`.
#[test]
fn grants_are_judged_where_a_token_gets_them() {
    let one = "jobs:\n  a: {steps: []}\n";
    let own = "jobs:\n  a: {permissions: {}}\n  b: {permissions: {}}\n";
    for on in ["push", "pull_request_target", "workflow_call", "{workflow_call: {}}"] {
        for (grant, of_one, of_own) in [
            ("", if on.contains("call") { &[] } else { &[3][..] }, &[][..]),
            ("permissions: read-all", &[2], &[]),
            ("permissions: write-all", &[2], &[]),
            ("permissions: {contents: write}", &[], &[]),
            ("permissions: {contents: read}", &[], &[]),
            ("permissions: {}", &[], &[]),
        ] {
            for (jobs, lines) in [(one, of_one), (own, of_own)] {
                let text = format!("on: {on}\n{grant}\n{jobs}");
                let expected: Vec<u32> =
                    lines.iter().map(|line| line + u32::from(grant.is_empty())).collect();
                assert_eq!(permissions(".github/workflows/x.yml", &text), expected, "{text}");
            }
        }
    }
}

#[test]
fn scopes_and_levels_are_read_as_github_reads_them() {
    for (block, found) in [
        ("permissions: {contents: write}", false),
        ("${{ 'permissions' }}: {contents: write}", false),
        ("permissions: {contents: \"${{ 'write' }}\"}", false),
        ("permissions: {Contents: read}", true),
        ("permissions: {contents: Write}", true),
        ("permissions: {contents: admin}", true),
        ("permissions: {contents: }", true),
        ("permissions: {contents: \"${{ inputs.x }}\"}", true),
        ("permissions: {content: read}", true),
        ("permissions: {id-token: read}", true),
        ("permissions: {copilot-requests: read}", true),
        ("permissions: {models: write}", true),
        ("permissions: {vulnerability-alerts: write}", true),
        (
            "permissions: {id-token: write, copilot-requests: none, models: read, vulnerability-alerts: read}",
            false,
        ),
        ("permissions: Write-All", true),
        ("permissions: WRITE-ALL", true),
        ("permissions: write", true),
        ("permissions: ''", true),
        ("permissions: [contents]", true),
        ("${{ 'permissions' }}: write-all", true),
        ("Permissions: {}", true),
    ] {
        for (head, tail) in [("", "\njobs: {a: {steps: []}}\n"), ("jobs:\n  a:\n    ", "\n    steps: []\n")] {
            let text = format!("{head}{block}{tail}");
            assert_eq!(!permissions(".github/workflows/x.yml", &text).is_empty(), found, "{text}");
        }
    }
}

#[test]
fn the_policy_may_accept_read_all() {
    let text =
        "permissions: read-all\njobs: {a: {permissions: write-all}, b: {permissions: read-all}, c: {}}\n";
    for (policy, expected) in [("{}", 3), ("workflows: {read-all: true}", 1)] {
        let policy = Policy::parse(policy.as_bytes(), std::path::Path::new("p.yml")).unwrap();
        let documents = Document::read(text.as_bytes(), FileKind::of(b".github/workflows/x.yml").unwrap());
        let (results, _) = check_file(&policy, &BString::from("x"), &documents, CommentFilter::All);
        let is_own = |result: &&CheckResult| matches!(result, CheckResult::Problem(rule, _) if rule.id == "excessive-permissions");
        assert_eq!(results.iter().filter(is_own).count(), expected);
    }
}

#[test]
fn the_message_names_who_gets_the_permission() {
    let shared = "permissions: {issues: write}\njobs:\n  a: {steps: []}\n  b: {permissions: {}}\n";
    for (text, expected) in [
        ("jobs: {a: {}}\n".to_owned(), "the default permissions of the repository"),
        (
            "on: [push, workflow_call]\njobs: {a: {}}\n".to_owned(),
            "the default permissions of the repository",
        ),
        (shared.to_owned(), "granted to every job that has no `permissions` of its own"),
        (shared.replace("permissions: {}", "steps: []"), "granted to every job of the workflow"),
    ] {
        let documents = Document::read(text.as_bytes(), FileKind::of(b".github/workflows/x.yml").unwrap());
        let (results, _) =
            check_file(&Policy::default(), &BString::from("x"), &documents, CommentFilter::All);
        let message = |result: &CheckResult| match result {
            CheckResult::Problem(rule, problem) if rule.id == "excessive-permissions" => {
                Some(problem.message.clone())
            }
            _ => None,
        };
        let messages: Vec<String> = results.iter().filter_map(message).collect();
        assert!(messages.len() == 1 && messages[0].ends_with(expected), "{text}: {messages:?}");
    }
}
