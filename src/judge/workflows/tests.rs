//! Ways past other tools, each a document that GitHub, Gitea or Forgejo would run.

mod images;
mod secrets;

use bstr::BString;

use super::exempt::Judgement;
use super::reading::judge;
use crate::finding::{Place, Problem};
use crate::policy::Policy;
use crate::rules::{Group, RULES};
use crate::workflow::{Document, scope};

const OID: &str = "11bd71901bbe5b1630ceea73d27597364c9af683";

/// What is found in a file, as `rule:line`, without unlabelled pins and permissions.
fn found_at(path: &str, text: impl AsRef<[u8]>) -> Vec<String> {
    let text = text.as_ref();
    let documents = Document::read(text, scope(path.as_bytes()).unwrap());
    let judgements = judge(&Policy::default(), &BString::from(path), &documents);
    let quiet = ["unlabelled-pin", "excessive-permissions"];
    let shown = |judgement: &Judgement| match judgement {
        Judgement::Found(rule, problem) if !quiet.contains(&rule.id) => match problem.place {
            Place::Span(span) => Some(format!("{}:{}", rule.id, span.position(text).0)),
            _ => Some(rule.id.to_owned()),
        },
        _ => None,
    };
    judgements.iter().filter_map(shown).collect()
}

fn found(text: impl AsRef<[u8]>) -> Vec<String> {
    found_at(".github/workflows/x.yml", text)
}

/// A workflow of one job whose steps begin on line 5.
fn steps(steps: &str) -> String {
    let lines: String = steps.lines().map(|line| format!("      {line}\n")).collect();
    format!("on: push\njobs:\n  a:\n    steps:\n{lines}")
}

/// What is found in a step that stands on line 5.
fn found_in_step(step: &str) -> Vec<String> {
    found(steps(step))
}

fn found_in_uses(value: &str) -> Vec<String> {
    found_in_step(&format!("- uses: {value}"))
}

const UNPINNED: &[&str] = &["unpinned-uses:5"];
const PERSISTED: &[&str] = &["persisted-credentials:5"];
const UNREADABLE: &[&str] = &["unreadable-workflow:5"];
const CLEAN: &[&str] = &[];

#[test]
fn a_reference_that_merely_holds_an_oid_is_no_pin() {
    let more = ["x-{}", "{}-x", "{}/x", "refs/heads/{}", "main#{}", "{}a"];
    for reference in more.map(|form| form.replace("{}", OID)) {
        assert_eq!(found_in_uses(&format!("evil/action@{reference}")), UNPINNED, "{reference}");
    }
}

#[test]
fn upper_case_short_and_64_digits_are_no_pins() {
    for reference in [OID.to_uppercase(), OID[..7].into(), format!("{OID}{}", &OID[..24])] {
        assert_eq!(found_in_uses(&format!("evil/action@{reference}")), UNPINNED, "{reference}");
    }
}

#[test]
fn what_names_no_repository_is_not_skipped() {
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
fn the_backslash_is_a_slash() {
    assert_eq!(found_in_uses("evil\\action@main"), UNPINNED);
    assert_eq!(found_in_uses(&format!("actions\\checkout@{OID}")), PERSISTED);
}

#[test]
fn the_case_of_docker_does_not_hide_an_image() {
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
fn an_expression_is_no_pin_unless_it_is_a_literal() {
    assert_eq!(found_in_uses("${{ format('evil/action@{0}', 'main') }}"), UNPINNED);
    assert_eq!(found_in_uses("evil/action@${{ inputs.x }}"), UNPINNED);
    assert_eq!(found_in_uses("${{ 'evil/action@main' }}"), UNPINNED);
    assert_eq!(found_in_uses(&format!("${{{{ 'good/action@{OID}' }}}}")), CLEAN);
}

#[test]
fn a_literal_in_place_of_a_key_is_that_key() {
    assert_eq!(found_in_step("- ${{ 'uses' }}: evil/action@main"), UNPINNED);
    for (key, literal) in [("steps:", "${{ 'steps' }}:"), ("jobs:", "${{ 'jobs' }}:")] {
        let text = steps("- uses: evil/action@main").replace(key, literal);
        assert_eq!(found(text), UNPINNED, "{literal}");
    }
}

#[test]
fn an_expression_in_place_of_a_key_hides_steps() {
    assert_eq!(found_in_step("- ${{ inputs.x }}: evil/action@main"), UNREADABLE);
    assert_eq!(found(steps("- run: a").replace("steps:", "${{ inputs.x }}:")), ["unreadable-workflow:4"]);
}

#[test]
fn an_expression_in_place_of_steps_hides_them() {
    for text in [
        "jobs:\n  a:\n    steps: ${{ fromJSON(x) }}\n",
        "jobs:\n  a: ${{ x }}\n",
        "jobs: ${{ x }}\n",
        "- jobs\n",
        "jobs:\n  a:\n    steps: {uses: evil/action@main}\n",
        "jobs:\n  a:\n    steps:\n      - uses evil/action@main\n",
        "jobs:\n  a:\n    steps:\n      - parallel: ${{ x }}\n",
    ] {
        let found = found(text);
        assert!(
            found.first().is_some_and(|first| first.starts_with("unreadable-workflow")),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn every_way_to_write_a_scalar_is_read() {
    for step in [
        "- 'uses': 'evil/action@main'",
        "- \"us\\x65s\": evil/action@main",
        "- uses: \"evil/action@\\x6dain\"",
        "- {uses: evil/action@main}",
        "- {\"uses\":\"evil/action@main\"}",
        "- uses: >-\n    evil/action@main",
        "- uses: |\n    evil/action@main",
        "- uses:\tevil/action@main",
        "- uses : evil/action@main",
        "- ? uses\n  : evil/action@main",
        "- !!str uses: !!str evil/action@main",
        "- uses: \"evil/action@\\\n    main\"",
        "- uses: evil/action@main\t# comment",
        "- uses: \"evil/action@main\"#comment",
    ] {
        let found = found_in_step(step);
        let uses = |line: &String| line.starts_with("unpinned-uses:");
        assert!(found.len() == 1 && found.iter().all(uses), "{step}: {found:?}");
    }
    assert_eq!(found_in_step("- uses:\n    evil/action@main"), ["unpinned-uses:6"]);
}

#[test]
fn brackets_and_quotes_that_are_closed_further_left_are_read() {
    for text in [
        "jobs:\n  a:\n    steps: [\n      {uses: evil/action@main}\n]\n",
        "jobs:\n  a:\n    steps:\n      - uses: \"evil/action@main\n\"\n",
    ] {
        assert_eq!(found(text), ["unpinned-uses:4"], "{text}");
    }
}

#[test]
fn an_alias_is_replayed_and_reported_where_the_anchor_stands() {
    let text = "env: {X: &u evil/action@main}\njobs:\n  a:\n    steps:\n      - uses: *u\n      - uses: *u\n";
    assert_eq!(found(text), ["unpinned-uses:1", "unpinned-uses:1"]);
}

#[test]
fn of_two_anchors_of_one_name_the_last_before_the_alias_counts() {
    let text = format!(
        "env: {{A: &u good/action@{OID}, B: &u evil/action@main}}\njobs:\n  a:\n    steps:\n      - uses: *u\n"
    );
    assert_eq!(found(text), ["unpinned-uses:1"]);
}

#[test]
fn an_alias_may_be_a_key() {
    let text = format!("- &k uses: good/action@{OID}\n- *k : evil/action@main");
    assert_eq!(found_in_step(&text), ["unpinned-uses:6"]);
}

#[test]
fn an_unknown_or_recursive_alias_is_refused() {
    for step in ["- uses: *nowhere", "- &a {with: *a}", "- uses: &u.x evil/action@main"] {
        assert_eq!(found_in_step(step), UNREADABLE, "{step}");
    }
}

#[test]
fn a_line_that_no_editor_shows_is_refused() {
    for end in ["\u{85}", "\u{2028}", "\u{2029}"] {
        let text = steps(&format!("- run: a # harmless{end}      - uses: evil/action@main"));
        let found = found(text);
        assert!(found.contains(&"unreadable-workflow:5".to_owned()), "{found:?}");
        assert!(found.contains(&"unpinned-uses:5".to_owned()), "{found:?}");
        assert_eq!(found_in_step(&format!("- run: \"a {end} b\"")), CLEAN, "in quotes");
    }
}

#[test]
fn a_lone_carriage_return_ends_a_line() {
    assert_eq!(found_in_step("- run: a # harmless\r      - uses: evil/action@main"), UNPINNED);
}

#[test]
fn control_characters_are_harmless_in_comments_only() {
    assert_eq!(found_in_step("- run: a # form\u{c}feed, \u{b} and \u{1b}"), CLEAN);
    for step in
        ["- run: a\u{c}b", "- run: a\n\u{b}", "- run: \"\u{1}\"", "- run: |\n    a # \u{c}", "- run: a # \0"]
    {
        let found = found_in_step(step);
        assert!(found.iter().any(|line| line.starts_with("unreadable-workflow")), "{step:?}: {found:?}");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_refused() {
    let text = b"jobs:\n  a:\n    steps:\n      - uses: evil/action@m\xc1\xa1in\n";
    assert_eq!(found(text), ["unreadable-workflow:4"]);
    let utf16: Vec<u8> = "jobs: {}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(found([&[0xff, 0xfe], &utf16[..]].concat()), ["unreadable-workflow:1"]);
}

#[test]
fn a_byte_order_mark_and_windows_lines_move_nothing() {
    let text = steps("- uses: evil/action@main").replace('\n', "\r\n");
    assert_eq!(found(&text), UNPINNED);
    assert_eq!(found(format!("\u{feff}{text}")), UNPINNED);
    assert_eq!(found(text.replace("on: push", "on: push # \u{feff}")), ["unreadable-workflow:1"]);
}

#[test]
fn a_second_document_is_refused() {
    let found = found(format!("jobs: {{}}\n---\n{}", steps("- uses: evil/action@main")));
    assert_eq!(found, ["unreadable-workflow:2"]);
}

#[test]
fn a_key_that_stands_twice_is_refused_in_any_case() {
    for step in [
        format!("- uses: good/action@{OID}\n  uses: evil/action@main"),
        format!("- uses: good/action@{OID}\n  Uses: evil/action@main"),
        format!("- uses: good/action@{OID}\n  ${{{{ 'uses' }}}}: evil/action@main"),
        "- run: a\n  env: {A: 1, a: 2}".to_owned(),
    ] {
        assert_eq!(found_in_step(&step), ["unreadable-workflow:6"], "{step}");
    }
}

#[test]
fn unknown_tags_are_refused() {
    for step in ["- uses: !evil x/y@main", "- !!map {run: a}", "- run: !!binary YQ=="] {
        let found = found_in_step(step);
        assert!(found.iter().any(|line| line == "unreadable-workflow:5"), "{step}: {found:?}");
    }
}

#[test]
fn odd_scalars_lose_no_file() {
    for (from, to) in [
        ("on: push", "name: 5"),
        ("on: push", "name: ~"),
        ("on: push", "env: {A: 12345678901234567890123, B: 0x1F, C: .inf}"),
        ("    steps:", "    strategy: ${{ fromJSON(x) }}\n    steps:"),
        ("    steps:", "    name: 5\n    steps:"),
    ] {
        let text = steps("- run: 5\n- uses: evil/action@main").replace(from, to);
        assert!(found(&text).iter().any(|line| line.starts_with("unpinned-uses:")), "{text}");
    }
    assert_eq!(found_in_step("-\n- uses: evil/action@main"), ["unpinned-uses:6"]);
}

#[test]
fn steps_and_jobs_that_do_not_run_now_are_judged() {
    assert_eq!(found_in_step("- uses: evil/action@main\n  if: false"), UNPINNED);
    assert_eq!(
        found(steps("- uses: evil/action@main").replace("    steps:", "    if: false\n    steps:")).len(),
        1
    );
}

#[test]
fn steps_inside_parallel_are_judged_at_any_depth() {
    let found = found_in_step("- parallel:\n    - parallel:\n        - uses: evil/action@main");
    assert_eq!(found, ["unpinned-uses:7"]);
}

#[test]
fn a_reusable_workflow_is_judged() {
    assert_eq!(found("jobs:\n  a:\n    uses: evil/r/.github/workflows/x.yml@main\n"), ["unpinned-uses:3"]);
    assert_eq!(found("jobs:\n  a:\n    uses: ./.github/workflows/x.yml\n"), CLEAN);
}

#[test]
fn containers_and_services_are_judged_in_both_forms() {
    let text =
        "jobs:\n  a:\n    container: alpine\n    services:\n      b: postgres\n      c: {image: redis}\n";
    assert_eq!(found(text), ["unpinned-image:3", "unpinned-image:5", "unpinned-image:6"]);
    let text =
        "jobs:\n  a:\n    container:\n      image: docker://alpine\n    services: ${{ fromJSON(x) }}\n";
    assert_eq!(found(text), ["unpinned-image:4", "unpinned-image:5"]);
    assert_eq!(found("jobs:\n  a:\n    container: ''\n    services: {a: {image: ''}}\n"), CLEAN);
}

#[test]
fn actions_are_judged_wherever_they_are() {
    for path in ["action.yml", "a/b/action.yaml"] {
        let composite = "runs:\n  using: composite\n  steps:\n    - uses: evil/action@main\n";
        assert_eq!(found_at(path, composite), ["unpinned-uses:4"]);
        assert_eq!(found_at(path, "runs: {using: docker, image: docker://a}\n"), ["unpinned-image:1"]);
        assert_eq!(found_at(path, "runs: {using: docker, image: Dockerfile}\n"), CLEAN);
        assert_eq!(found_at(path, "${{ 'runs' }}: {steps: [{uses: a/b@main}]}\n"), ["unpinned-uses:1"]);
    }
    let text = "runs: {steps: [{uses: a/b@main}]}\n";
    assert_eq!(
        found_at(".github/workflows/action.yml", text),
        ["unpinned-uses:1"],
        "an action among workflows"
    );
}

#[test]
fn a_file_that_is_only_named_like_an_action_is_not_judged() {
    let path = "action.yml";
    for text in ["", "a: b\n", "a: !vault x\n", "a: *b\n", "jobs: {a: {steps: [{uses: a/b@main}]}}\n"] {
        assert!(Document::read(text.as_bytes(), scope(path.as_bytes()).unwrap()).is_empty(), "{text}");
    }
    for text in ["runs: *b\n", "\"\\x72uns\": *b\n"] {
        assert_eq!(found_at(path, text), ["unreadable-workflow:1"], "{text}");
    }
}

#[test]
fn every_spelling_of_checkout_must_forget_its_credentials() {
    for action in [
        "actions/checkout",
        "Actions/Checkout",
        "actions//checkout",
        "/actions/checkout",
        "actions/checkout/.",
    ] {
        assert_eq!(found_in_uses(&format!("{action}@{OID}")), PERSISTED, "{action}");
    }
    assert_eq!(found_in_uses(&format!("https://gitea.com/actions/checkout@{OID}")), PERSISTED);
    assert_eq!(found_in_uses(&format!("good/checkout@{OID}")), CLEAN);
}

fn found_with(with: &str) -> Vec<String> {
    found_in_step(&format!("- uses: actions/checkout@{OID}\n  with: {with}"))
}

#[test]
fn false_in_any_case_and_quotes_is_proof() {
    for value in [
        "false",
        "False",
        "FALSE",
        "fAlse",
        "'false'",
        "\"FALSE\"",
        "!!bool false",
        "' false '",
        "${{ 'false' }}",
    ] {
        assert_eq!(found_with(&format!("\n    persist-credentials: {value}")), CLEAN, "{value}");
    }
    assert_eq!(found_with("{Persist-Credentials: false}"), CLEAN);
    assert_eq!(found_with("\n    persist-credentials: |\n      false"), CLEAN);
}

#[test]
fn nothing_else_is_proof() {
    for value in
        ["true", "'TRUE'", "no", "off", "0", "''", "~", "", "${{ inputs.x }}", "${{ false }}", "[false]"]
    {
        assert_eq!(found_with(&format!("\n    persist-credentials: {value}")), PERSISTED, "{value}");
    }
    for with in [
        "",
        "~",
        "{}",
        "x",
        "${{ fromJSON('{\"persist-credentials\":\"false\"}') }}",
        "[persist-credentials]",
    ] {
        assert_eq!(found_with(with), PERSISTED, "{with}");
    }
}

#[test]
fn a_key_that_can_stand_for_any_key_proves_nothing() {
    for key in ["${{ insert }}", "${{ inputs.key }}", "x${{ inputs.key }}"] {
        let with = format!("\n    persist-credentials: false\n    {key}: ${{{{ fromJSON(x) }}}}");
        assert_eq!(found_with(&with), PERSISTED, "{key}");
    }
}

#[test]
fn a_merge_key_is_refused_on_github_and_proves_nothing_elsewhere() {
    let with = "env: &w {persist-credentials: false}\n  with: {<<: *w}";
    let text = steps(&format!("- uses: actions/checkout@{OID}\n  {with}"));
    assert_eq!(found(&text), ["persisted-credentials:5", "unreadable-workflow:7"]);
    for path in [".gitea/workflows/x.yml", ".forgejo/workflows/a/x.yml"] {
        assert_eq!(found_at(path, &text), PERSISTED, "{path}");
    }
}

#[test]
fn what_a_merge_key_brings_is_judged_on_gitea_and_forgejo() {
    let text = steps("- &s {uses: evil/action@main}\n- <<: *s\n  name: again\n- <<: [*s]\n  uses: ./local");
    assert_eq!(found_at(".gitea/workflows/x.yml", text), ["unpinned-uses:5", "unpinned-uses:5"]);
}

#[test]
fn keys_that_differ_in_case_are_two_keys_on_gitea() {
    let text = steps("- run: a\n  env: {A: 1, a: 2}");
    assert_eq!(found_at(".gitea/workflows/x.yml", text), CLEAN);
}

#[test]
fn bombs_are_refused_in_bounded_memory() {
    let mut laughs = "x: &a0 [a, a, a, a, a, a, a, a, a]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}, ", level - 1).repeat(9);
        laughs.push_str(&format!("x{level}: &a{level} [{below}]\n"));
    }
    let deep = format!("a: {}{}", "[".repeat(10_000), "]".repeat(10_000));
    let blocks = (0..10_000).map(|depth| format!("{}a:\n", " ".repeat(depth % 1000))).collect::<String>();
    let large = format!("a: {}", "x".repeat(1 << 20));
    let long = format!("a: [{}]", "x, ".repeat(300_000));
    let replayed = format!("a: &a {}\nb: [{}]", "x".repeat(400_000), "*a, ".repeat(100_000));
    let directives = format!("{}--- {{}}", "%TAG !a! b\n".repeat(50_000));
    for (name, text) in [
        ("laughs", laughs),
        ("deep", deep),
        ("blocks", blocks),
        ("large", large),
        ("long", long),
        ("replayed", replayed),
        ("directives", directives),
    ] {
        let found = found(text);
        assert!(found.iter().any(|line| line.starts_with("unreadable-workflow")), "{name}: {found:?}");
    }
    assert_eq!(found(format!("# {}\njobs: {{}}\n", "x".repeat(1 << 19))), CLEAN, "a long line is no bomb");
}

#[test]
fn a_long_value_that_is_replayed_often_is_judged_in_bounded_memory() {
    let value = "x".repeat(500_000);
    let text =
        format!("env: {{A: &u {value}}}\njobs: {{a: {{steps: [{}]}}}}\n", "{uses: *u}, ".repeat(10_000));
    let unpinned = found(text).into_iter().filter(|line| line.starts_with("unpinned-uses"));
    assert_eq!(unpinned.count(), 10_000);
}

#[test]
fn a_comment_with_a_reason_exempts_its_line() {
    assert_eq!(found_in_uses("evil/action@main # v1, git-gate: allow[unpinned-uses] no release yet"), CLEAN);
    for comment in [
        "git-gate: allow[unpinned-uses]",
        "git-gate: allow[unpinned-image] wrong rule",
        "git-gate: allow no rule",
    ] {
        assert_eq!(found_in_uses(&format!("evil/action@main # {comment}")), UNPINNED, "{comment}");
    }
    let above = "- run: a # git-gate: allow[unpinned-uses] of the next line\n- uses: evil/action@main";
    assert_eq!(found_in_step(above), ["unpinned-uses:6"]);
    let quoted = "- {uses: evil/action@main, name: '# git-gate: allow[unpinned-uses] quoted'}";
    assert_eq!(found_in_step(quoted), UNPINNED);
    assert_eq!(found_in_step("- uses: *x # git-gate: allow[unreadable-workflow] trust me"), UNREADABLE);
}

/// The examples of a rule's documentation: the YAML behind `Bad:` and behind `Good:`, each as a workflow.
fn examples(docs: &str) -> [String; 2] {
    ["Bad:", "Good:"].map(|title| {
        let (_, rest) = docs.split_once(title).unwrap();
        let (_, rest) = rest.split_once("```yaml\n").unwrap();
        let (example, _) = rest.split_once("```").unwrap();
        let (head, indent) = if example.starts_with('-') { ("    steps:\n", "      ") } else { ("", "    ") };
        let lines: String = example.lines().map(|line| format!("{indent}{line}\n")).collect();
        format!("on: push\njobs:\n  a:\n{head}{lines}")
    })
}

#[test]
fn the_examples_of_the_documentation_are_bad_and_good() {
    for rule in RULES.iter().filter(|rule| rule.group == Group::Workflow) {
        let [bad, good] = examples(rule.docs);
        let found = |text: &str| {
            let documents = Document::read(text.as_bytes(), scope(b".github/workflows/x.yml").unwrap());
            let judgements = judge(&Policy::default(), &BString::from("x"), &documents);
            judgements
                .iter()
                .any(|judgement| matches!(judgement, Judgement::Found(own, _) if own.id == rule.id))
        };
        assert!(found(&bad), "{}:\n{bad}", rule.id);
        assert!(!found(&good), "{}:\n{good}", rule.id);
    }
}

/// The lines on which permissions are found.
fn permissions(path: &str, text: &str) -> Vec<u32> {
    let documents = Document::read(text.as_bytes(), scope(path.as_bytes()).unwrap());
    let judgements = judge(&Policy::default(), &BString::from(path), &documents);
    let line = |judgement: &Judgement| match judgement {
        Judgement::Found(rule, Problem { place: Place::Span(span), .. })
            if rule.id == "excessive-permissions" =>
        {
            Some(span.position(text.as_bytes()).0)
        }
        _ => None,
    };
    judgements.iter().filter_map(line).collect()
}

#[test]
fn permissions_are_written_down_and_least() {
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
        ("permissions: {id-token: write}\n", "jobs:\n  a: {permissions: {}}\n  b: {permissions: {}}\n", &[1]),
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

#[test]
fn a_policy_may_take_read_all_for_good_enough() {
    let text = "permissions: read-all\njobs: {a: {permissions: write-all}, b: {permissions: read-all}}\n";
    for (policy, expected) in [("{}", 3), ("workflows: {read-all: true}", 1)] {
        let policy = Policy::parse(policy.as_bytes(), std::path::Path::new("p.yml")).unwrap();
        let documents = Document::read(text.as_bytes(), scope(b".github/workflows/x.yml").unwrap());
        let judgements = judge(&policy, &BString::from("x"), &documents);
        let is_own = |judgement: &&Judgement| matches!(judgement, Judgement::Found(rule, _) if rule.id == "excessive-permissions");
        assert_eq!(judgements.iter().filter(is_own).count(), expected);
    }
}

#[test]
fn who_gets_a_permission_is_said_as_it_is() {
    let shared = "permissions: {issues: write}\njobs:\n  a: {steps: []}\n  b: {permissions: {}}\n";
    for (text, expected) in [
        ("jobs: {a: {}}\n".to_owned(), "the repository's settings give"),
        ("on: [push, workflow_call]\njobs: {a: {}}\n".to_owned(), "the repository's settings give"),
        ("on: workflow_call\njobs: {a: {}}\n".to_owned(), "its caller has"),
        ("on: [workflow_call]\njobs: {a: {}}\n".to_owned(), "its caller has"),
        ("on: {workflow_call: {inputs: {}}}\njobs: {a: {}}\n".to_owned(), "its caller has"),
        (shared.to_owned(), "granted to every job that has no `permissions` of its own"),
        (shared.replace("permissions: {}", "steps: []"), "granted to every job of the workflow"),
    ] {
        let documents = Document::read(text.as_bytes(), scope(b".github/workflows/x.yml").unwrap());
        let judgements = judge(&Policy::default(), &BString::from("x"), &documents);
        let said = |judgement: &Judgement| match judgement {
            Judgement::Found(rule, problem) if rule.id == "excessive-permissions" => {
                Some(problem.message.clone())
            }
            _ => None,
        };
        let said: Vec<String> = judgements.iter().filter_map(said).collect();
        assert!(said.len() == 1 && said[0].ends_with(expected), "{text}: {said:?}");
    }
}
