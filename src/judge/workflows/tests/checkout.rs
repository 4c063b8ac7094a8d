//! Checkouts and their credentials.

use super::{CLEAN, OID, PERSISTED, found_in_step, found_in_uses};

#[test]
fn every_spelling_of_checkout_must_forget_its_credentials() {
    for action in [
        "actions/checkout",
        "Actions/Checkout",
        "actions//checkout",
        "/actions/checkout",
        "actions/checkout/",
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
