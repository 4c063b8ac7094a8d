//! Values of `uses`, and the ones that are pins.

use super::super::check::{CheckResult, check_file};
use super::{CLEAN, OID, PERSISTED, UNPINNED, UNREADABLE, found, found_in_uses};
use crate::judge::comments::CommentFilter;
use crate::policy::Policy;
use crate::workflow::{Document, FileKind};

#[test]
fn help_names_what_to_write() {
    let help = |steps: &str| {
        let text = super::steps(steps);
        let kind = FileKind::of(b".github/workflows/x.yml").unwrap();
        let documents = Document::read(text.as_bytes(), kind);
        let (results, _) = check_file(&Policy::default(), &"x".into(), &documents, CommentFilter::All);
        let helps = results.into_iter().filter_map(|result| match result {
            CheckResult::Problem(rule, problem) if rule.id == "unpinned-uses" => problem.help,
            _ => None,
        });
        helps.collect::<Vec<_>>().join("\n")
    };
    let pinned = format!("- uses: a/b/c@{OID} # v1.2.3\n");
    let looked_up =
        "pin it: `a/b@<40 hex digits> # <version>`; `git gate fix --resolve --apply` looks up the oid";
    for (steps, expected) in [
        (format!("{pinned}- uses: A/b@v1.2.3"), format!("pin it: `a/b@{OID} # v1.2.3`")),
        (format!("{pinned}- uses: a/b@main"), "pin it: `a/b@<40 hex digits> # <version>`".to_owned()),
        (format!("{pinned}- uses: a/b@v1.2.4"), looked_up.to_owned()),
        (
            format!("{pinned}- uses: a/b@{} # v1.2.3\n- uses: a/b@v1.2.3", OID.replace('1', "2")),
            looked_up.to_owned(),
        ),
        (
            format!("- uses: a/b@{OID} // pinned to v3"),
            format!("write it with `#`: `a/b@{OID} # pinned to v3`"),
        ),
    ] {
        assert_eq!(help(&steps), expected, "{steps}");
    }
}

#[test]
fn a_reference_that_only_contains_an_oid_is_no_pin() {
    let more = ["x-{}", "{}-x", "{}/x", "refs/heads/{}", "main#{}", "{}a"];
    for reference in more.map(|form| form.replace("{}", OID)) {
        assert_eq!(found_in_uses(&format!("evil/action@{reference}")), UNPINNED, "{reference}");
    }
}

#[test]
fn uppercase_short_or_64_digit_oids_are_no_pins() {
    for reference in [OID.to_uppercase(), OID[..7].into(), format!("{OID}{}", &OID[..24])] {
        assert_eq!(found_in_uses(&format!("evil/action@{reference}")), UNPINNED, "{reference}");
    }
}

#[test]
fn a_value_without_a_repository_is_not_skipped() {
    for value in ["evil@main", "evil/action", "../evil", "a/b@main@x", "~", "''", "5", "[a]", "{a: b}"] {
        assert_eq!(found_in_uses(value), UNPINNED, "{value}");
    }
    assert_eq!(found_in_uses(".evil/x@main"), UNPINNED);
}

#[test]
fn local_paths_are_clean_in_every_spelling() {
    for value in ["./x", "./x@v1", ".\\x", "$/x", "./../x/.github/actions/y"] {
        assert_eq!(found_in_uses(value), CLEAN, "{value}");
    }
}

#[test]
fn path_that_may_leave_the_repository_is_refused() {
    for value in [
        "./../../_actions/a/b/main",
        "./a/../../x",
        "./a/..",
        "./..",
        "$/../x",
        ".\\..\\..\\x",
        "./.././../x",
    ] {
        assert_eq!(found_in_uses(value), UNREADABLE, "{value}");
    }
    for value in [
        "./../x.yml",
        "./../x/.github/workflows/y.yml",
        "./a/../x.yml",
        "./x.txt",
        "./x",
        "$/../x.yml",
        "./${{ env.X }}.yml",
    ] {
        let found = found(format!("jobs:\n  a:\n    uses: {value}\n"));
        assert_eq!(found, ["unreadable-workflow:3"], "{value}");
    }
}

#[test]
fn a_backslash_is_read_as_a_slash() {
    assert_eq!(found_in_uses("evil\\action@main"), UNPINNED);
    assert_eq!(found_in_uses(&format!("actions\\checkout@{OID}")), PERSISTED);
}

#[test]
fn docker_images_are_recognised_in_any_case() {
    for value in ["docker://alpine:3", "Docker://alpine:3", "docker://alpine@sha256:x", "docker://alpine@x"] {
        assert_eq!(found_in_uses(value), ["unpinned-image:5"], "{value}");
    }
    let digest = "a".repeat(64);
    assert_eq!(found_in_uses(&format!("docker://alpine:3@sha256:{digest}")), CLEAN);
    assert_eq!(
        found_in_uses(&format!("docker://alpine@sha256:{}", digest.to_uppercase())),
        ["unpinned-image:5"]
    );
}

#[test]
fn an_expression_is_a_pin_only_if_literal() {
    assert_eq!(found_in_uses("${{ format('evil/action@{0}', 'main') }}"), UNPINNED);
    assert_eq!(found_in_uses("evil/action@${{ inputs.x }}"), UNPINNED);
    assert_eq!(found_in_uses("${{ 'evil/action@main' }}"), UNPINNED);
    assert_eq!(found_in_uses(&format!("${{{{ 'good/action@{OID}' }}}}")), CLEAN);
}
