//! Another action, or another checkout, that would pass for an old or an exempted one.

use crate::support::{Sandbox, Server, Transcript};

const OID: &str = "11bd71901bbe5b1630ceea73d27597364c9af683";

/// Returns a workflow with one job of the given steps.
fn workflow(steps: &[&str]) -> String {
    let mut text = "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: x\n    steps:\n".to_owned();
    for line in steps.iter().flat_map(|step| step.lines()) {
        text.push_str(&format!("      {line}\n"));
    }
    text
}

/// Pushes a new version of a workflow, of which an old one is accepted already.
fn pushed(path: &str, policy: &str, old: &str, new: &str) -> Transcript {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(path, &workflow(&[old, "- run: old"]))]);
    server.bare.write("git-gate.yml", policy);
    server.client.commit_file(path, workflow(&[new, "- run: new"]));
    server.push(["main"])
}

const PATHS: &[&str] = &[".github/workflows/x.yml", ".gitea/workflows/x.yml", ".forgejo/workflows/sub/x.yml"];

#[test]
fn old_action_of_another_host_is_new() {
    for path in PATHS {
        let same = pushed(path, "", "- uses: actions/setup-go@v5", "- uses: Actions/Setup-Go@v5 # moved");
        assert_eq!(same.status(), Some(0), "{same}");
        for new in [
            "https://evil.example/actions/setup-go@v5",
            "HTTPS://evil.example:3000/actions/setup-go@v5",
            "http://evil.example/actions/setup-go@v5",
            "https://user@evil.example/actions/setup-go@v5",
            "https:\\\\evil.example\\actions\\setup-go@v5",
            "actions//setup-go@v5",
            "actions/setup-go/@v5",
            "actions/setup-go/../../evil/x@v5",
        ] {
            let refused = pushed(path, "", "- uses: actions/setup-go@v5", &format!("- uses: {new}"));
            refused.says("error[unpinned-uses]");
        }
    }
}

#[test]
fn same_action_on_the_same_host_is_old() {
    for (old, new) in [
        ("https://code.example/a/b@v1", "https://code.example/a/b@v1"),
        ("https://code.example/a/b@v1", "HTTPS://Code.Example/A/B@v1"),
        ("a/b@${{ inputs.x }}", "a/b@${{ inputs.x }}"),
        ("a//b@v1", "a//b@v1"),
    ] {
        let pushed = pushed(PATHS[1], "", &format!("- uses: {old}"), &format!("- name: b\n  uses: {new}"));
        assert_eq!(pushed.status(), Some(0), "{old} {new} {pushed}");
    }
    for (old, new) in [
        ("https://code.example/a/b@v1", "http://code.example/a/b@v1"),
        ("https://code.example/a/b@v1", "a/b@v1"),
        ("https://code.example/a/b@v1", "https://code.example:8443/a/b@v1"),
        ("a/b@${{ inputs.x }}", "a/b@${{ github.event.issue.title }}"),
        ("a/b@${{ inputs.x }}", "A/b@${{ inputs.x }}"),
    ] {
        pushed(PATHS[1], "", &format!("- uses: {old}"), &format!("- uses: {new}"))
            .says("error[unpinned-uses]");
    }
}

#[test]
fn only_the_named_host_is_exempted() {
    let policy = |pattern: &str| {
        format!("workflows: {{exempt: [{{rule: unpinned-uses, uses: '{pattern}', reason: ours}}]}}\n")
    };
    for (pattern, new, exempted) in [
        ("our-org/*", "our-org/x@main", true),
        ("our-org/*", "https://evil.example/our-org/x@main", false),
        ("our-org/*", "our-org/../../evil/x@main", false),
        ("our-org/*", "our-org/x/../../evil/x@main", false),
        ("our-org/*", "our-org//x@main", false),
        ("our-org/*", "our-org\\x@main", false),
        ("our-org/*", "our-org/x@main@v1", false),
        ("our-org/*", "our-org/x@${{ github.event.issue.title }}", false),
        ("our-org/*", "our-org/${{ inputs.x }}@main", false),
        ("our-org/*", "our-org/x/\u{2024}\u{2024}/y@main", false),
        ("*", "https://evil.example/our-org/x@main", false),
        ("https://git.example/*", "https://git.example/our-org/x@main", true),
        ("https://git.example/*", "https://git.example.evil.example/our-org/x@main", false),
        ("https://git.example/*", "https://git.example@evil.example/our-org/x@main", false),
    ] {
        for path in PATHS {
            let pushed = pushed(
                path,
                &policy(pattern),
                "- run: x",
                &format!("- uses: \"{}\"", new.replace('\\', "\\\\")),
            );
            if exempted {
                assert_eq!(pushed.says("exempted from `unpinned-uses`").status(), Some(0), "{pushed}");
            } else {
                pushed.says("error[unpinned-uses]");
            }
        }
    }
}

/// The old checkout keeps its credentials too, but checks out nothing that an outsider controls.
#[test]
fn old_checkout_does_not_vouch_for_a_worse_one() {
    let old = "- uses: actions/checkout@v4";
    let new = format!("- uses: actions/checkout@{OID} # v4.2.2");
    for with in [
        "persist-credentials: true",
        "ref: ${{ github.event.pull_request.head.sha }}",
        "Ref: ${{ github.event.pull_request.head.sha }}",
        "repository: evil/x",
        "token: ${{ secrets.ADMIN }}",
        "ssh-key: ${{ secrets.KEY }}",
        "${{ insert }}: ${{ fromJSON(inputs.x) }}",
    ] {
        let new = format!("{new}\n  with:\n    {with}");
        pushed(PATHS[0], "", old, &new).says("error[persisted-credentials]");
    }
    pushed(PATHS[0], "", old, &format!("{new}\n  with: ${{{{ inputs.with }}}}"))
        .says("error[persisted-credentials]");
    pushed(PATHS[1], "", old, &new.replace("actions/", "https://evil.example/actions/"))
        .says("error[persisted-credentials]");
}

#[test]
fn old_checkout_may_be_updated_or_pinned() {
    let with = "\n  with:\n    fetch-depth: 0\n    ref: release-1";
    let (tag, pin) = ("- uses: actions/checkout@v4", format!("- uses: actions/checkout@{OID} # v4.2.2"));
    let newer = format!("- uses: actions/checkout@{} # v5.0.0", OID.replace('1', "2"));
    for (old, new) in [
        (tag.to_owned(), pin.clone()),
        (pin.clone(), newer.clone()),
        (format!("{pin}{with}"), format!("{newer}{}", with.replace("release-1", "release-2"))),
        (
            format!("{pin}\n  with:\n    ref: ${{{{ inputs.x }}}}"),
            format!("{newer}\n  with: {{ref: '${{{{ inputs.x }}}}'}}"),
        ),
    ] {
        let pushed = pushed(PATHS[0], "", &old, &new);
        assert_eq!(pushed.status(), Some(0), "{old}\n{new}\n{pushed}");
    }
}
