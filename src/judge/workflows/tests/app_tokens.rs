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
