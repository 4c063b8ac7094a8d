//! Tokens of apps, and the permissions that they get.

use super::{OID, lines_of, steps};

#[test]
fn a_token_of_an_app_names_its_permissions() {
    for (action, with, found) in [
        ("actions/create-github-app-token", "", true),
        ("Actions/Create-GitHub-App-Token", "{app-id: 1}", true),
        ("actions/create-github-app-token", "{app-id: 1, permission-issues: write}", false),
        ("actions/create-github-app-token", "{Permission-Contents: read}", false),
        ("actions/create-github-app-token", "{permission-contents: ''}", true),
        ("actions/create-github-app-token", "{permissions: 'contents: read'}", true),
        ("tibdex/github-app-token", "{permissions: '{}'}", false),
        ("tibdex/github-app-token", "{permission-contents: read}", true),
        ("peter-murray/workflow-application-token-action", "{application_id: 1}", true),
        ("actions/create-other-token", "", false),
    ] {
        let text = steps(&format!("- uses: {action}@{OID}\n  with: {with}"));
        let expected: &[u32] = if found { &[5] } else { &[] };
        assert_eq!(lines_of("unscoped-app-token", &text), expected, "{action} {with}");
    }
}

#[test]
fn a_version_without_the_inputs_gets_every_permission() {
    for (pin, found) in [
        ("v1.10.0", true),
        (&*format!("{OID} # v1.11.7"), true),
        (&*format!("{OID} # v1.12.0"), false),
        ("v1", false),
        ("v2", false),
        ("main", false),
    ] {
        let with = "{app-id: 1, permission-contents: read}";
        let text = steps(&format!("- with: {with}\n  uses: actions/create-github-app-token@{pin}"));
        assert_eq!(lines_of("unscoped-app-token", &text).len(), usize::from(found), "{pin}");
    }
}
