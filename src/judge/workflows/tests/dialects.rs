//! Differences between GitHub, Gitea and Forgejo.

use super::{CLEAN, OID, PERSISTED, found, found_at, steps};

#[test]
fn a_merge_key_is_no_proof_and_refused_on_github() {
    let with = "env: &w {persist-credentials: false}\n  with: {<<: *w}";
    let text = steps(&format!("- uses: actions/checkout@{OID}\n  {with}"));
    assert_eq!(found(&text), ["persisted-credentials:5", "unreadable-workflow:7"]);
    for path in [".gitea/workflows/x.yml", ".forgejo/workflows/a/x.yml"] {
        assert_eq!(found_at(path, &text), PERSISTED, "{path}");
    }
}

#[test]
fn merged_keys_are_judged_on_gitea() {
    let text = steps("- &s {uses: evil/action@main}\n- <<: *s\n  name: again\n- <<: [*s]\n  uses: ./local");
    assert_eq!(found_at(".gitea/workflows/x.yml", text), ["unpinned-uses:5", "unpinned-uses:5"]);
}

#[test]
fn an_action_is_read_in_both_dialects() {
    let uses = "uses: evil/action@v1";
    let runs = format!("{{using: composite, steps: [{{{uses}}}]}}");
    for (text, finds) in [
        (format!("name: x\nx: &x\n  runs: {runs}\n<<: *x\n"), true),
        (format!("x: &x {{runs: {runs}}}\n\"<<\": [*x]\n"), true),
        (format!("x: &x {{runs: {runs}}}\ny: &y {{<<: *x}}\n<<: *y\n"), true),
        (format!("x: &x {{<<: {{steps: [{{{uses}}}]}}}}\nruns: *x\n"), true),
        (format!("x: &x {{!!binary cnVucw==: {runs}}}\n<<: *x\n"), false),
        (format!("!!binary cnVucw==: {runs}\n"), false),
        (format!("!<tag:yaml.org,2002:binary> cnVucw==: {runs}\n"), false),
        (format!("? !!binary cnVucw==\n: {runs}\n"), false),
        (format!("x: &x !!binary cnVucw==\n*x : {runs}\n"), false),
        (format!("x: [&x !!binary cnVucw==]\n? *x\n: {runs}\n"), false),
        (format!("# x\n\u{feff}runs: {runs}\n"), false),
        (format!("name: x\n\u{feff}runs: {runs}\n"), false),
        (format!("name: x\nru\u{7f}ns: {runs}\n"), false),
        (format!("name: x\nname: y\n\"ru\\u006es\": {runs}\n"), true),
        (format!("? [a]\n: b\n!!binary cnVucw==: {runs}\n"), false),
    ] {
        for path in ["action.yml", "a/action.yaml", ".forgejo/actions/a/Action.yml"] {
            let found = found_at(path, &text);
            let refused = found.iter().any(|finding| finding.starts_with("unreadable-workflow"));
            let unpinned = found.iter().any(|finding| finding.starts_with("unpinned-uses"));
            assert!(refused && (unpinned || !finds), "{path} {text}: {found:?}");
        }
    }
}

#[test]
fn a_file_that_hides_no_key_is_no_action() {
    for text in [
        "a: &a {b: c}\nd: {<<: *a, runs: e}\n",
        "a: &a {b: c}\n<<: *a\n",
        "a: !vault runs\n",
        "a: !!binary cnVucw==\nb: !custom {c: d}\n",
        "a: b\na: c\n",
        "runs-on: {a: b, a: c}\n",
        "a: b # \u{feff} runs\n",
        "a: b\n---\nruns: c\n",
    ] {
        assert_eq!(found_at("action.yml", text), CLEAN, "{text}");
    }
}

#[test]
fn keys_are_case_sensitive_on_gitea() {
    let text = steps("- run: a\n  env: {A: 1, a: 2}");
    assert_eq!(found_at(".gitea/workflows/x.yml", text), CLEAN);
}
