//! Spellings of keys and values, and wrong types in place of lists.

use super::{OID, UNPINNED, UNREADABLE, found, found_in_step, steps};

#[test]
fn a_literal_expression_is_read_as_a_key() {
    assert_eq!(found_in_step("- ${{ 'uses' }}: evil/action@main"), UNPINNED);
    for (key, literal) in [("steps:", "${{ 'steps' }}:"), ("jobs:", "${{ 'jobs' }}:")] {
        let text = steps("- uses: evil/action@main").replace(key, literal);
        assert_eq!(found(text), UNPINNED, "{literal}");
    }
}

#[test]
fn an_expression_as_a_key_is_refused() {
    assert_eq!(found_in_step("- ${{ inputs.x }}: evil/action@main"), UNREADABLE);
    assert_eq!(found(steps("- run: a").replace("steps:", "${{ inputs.x }}:")), ["unreadable-workflow:4"]);
}

#[test]
fn an_expression_as_steps_is_refused() {
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
fn less_indented_closing_brackets_and_quotes_are_read() {
    for text in [
        "jobs:\n  a:\n    steps: [\n      {uses: evil/action@main}\n]\n",
        "jobs:\n  a:\n    steps:\n      - uses: \"evil/action@main\n\"\n",
    ] {
        assert_eq!(found(text), ["unpinned-uses:4"], "{text}");
    }
}

#[test]
fn a_second_document_is_refused() {
    let found = found(format!("jobs: {{}}\n---\n{}", steps("- uses: evil/action@main")));
    assert_eq!(found, ["unreadable-workflow:2"]);
}

#[test]
fn a_duplicate_key_is_refused_in_any_case() {
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
fn odd_scalars_do_not_hide_the_rest_of_the_file() {
    for (from, to) in [
        ("on: push", "name: 5"),
        ("on: push", "name: ~"),
        ("on: push", "env: {A: 12345678901234567890123, B: 0x1F, C: .inf}"),
        ("    steps:", "    strategy: ${{ fromJSON(x) }}\n    steps:"),
        ("    steps:", "    name: 5\n    steps:"),
    ] {
        let text = steps("- run: 5\n- name: 5\n  uses: evil/action@main").replace(from, to);
        assert!(found(&text).iter().any(|line| line.starts_with("unpinned-uses:")), "{text}");
    }
    assert_eq!(found_in_step("-\n- uses: evil/action@main"), ["unpinned-uses:6"]);
}
