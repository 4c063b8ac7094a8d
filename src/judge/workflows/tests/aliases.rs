//! Anchors and aliases.

use super::{CLEAN, OID, UNPINNED, UNREADABLE, found, found_in_step};

#[test]
fn an_alias_is_reported_at_its_anchor() {
    let text = "env: {X: &u evil/action@main}\njobs:\n  a:\n    steps:\n      - uses: *u\n      - uses: *u\n";
    assert_eq!(found(text), ["unpinned-uses:1", "unpinned-uses:1"]);
}

#[test]
fn the_last_anchor_before_the_alias_counts() {
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
fn the_inner_of_nested_anchors_with_one_name_counts() {
    let outer = format!("- &s {{uses: good/action@{OID}, with: {{x: &s {{uses: evil/action@main}}}}}}");
    assert_eq!(found_in_step(&format!("{outer}\n- *s")), UNPINNED);
    let inner = format!("- &s {{uses: good/action@{OID}, with: {{x: &s {{uses: good/action@{OID}}}}}}}");
    assert_eq!(found_in_step(&format!("{inner}\n- *s")), CLEAN);
}

/// GitHub resolves the inner alias again at each `*s`, and finds another value there than at the anchor.
#[test]
fn an_alias_whose_inner_alias_has_changed_is_refused() {
    let good = format!("- name: &u good/action@{OID}\n- &s {{uses: *u}}\n- name: &u evil/action@main");
    assert_eq!(found_in_step(&format!("{good}\n- *s")), ["unreadable-workflow:8"]);
    assert_eq!(found_in_step(&format!("{good}\n- &t [*s]")), ["unreadable-workflow:8"], "at any depth");
    let deep = format!("- name: &u good/action@{OID}\n- name: &s {{uses: *u}}\n- &t {{with: {{x: *s}}}}");
    assert_eq!(found_in_step(&format!("{deep}\n- *t")), CLEAN);
    assert_eq!(
        found_in_step(&format!("{deep}\n- name: &u evil/action@main\n- *t")),
        ["unreadable-workflow:9"]
    );
}
