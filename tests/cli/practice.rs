//! Release workflow of a project with hardened CI, checked with the policy in `install/policy-hardened.yml`.

use std::fmt::Write as _;
use std::path::Path;

use crate::support::{Repo, Sandbox, Server, UNPINNED_WORKFLOW};

/// Workflow that builds an image in an environment, signs its digest and attaches an SBOM. Comments mark its
/// weak spots.
const RELEASE: &str = "\
on:
  push:
    tags: [v*]
permissions:
  contents: read
  id-token: write # weak: every job of the workflow may ask for one
jobs:
  build:
    runs-on: ubuntu-24.04
    environment: release
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2, weak: it keeps its credentials
      - uses: docker/login-action@74a5d142397b4f367a81961eba4e8cd7edddf772 # v3.4.0
        with:
          registry: quay.io
          username: ${{ secrets.QUAY_RELEASE_USERNAME }}
          password: ${{ secrets.QUAY_RELEASE_PASSWORD }}
      - id: image
        uses: docker/build-push-action@14487ce63c7a62a4a324b0bfb37086795e31c6c1 # v6.16.0
        with:
          push: true
          tags: quay.io/our/image:${{ github.ref_name }}
      - uses: ./.github/actions/cosign
        with:
          image: quay.io/our/image@${{ steps.image.outputs.digest }}
  digests:
    runs-on: ubuntu-24.04
    needs: build
    steps:
      - run: cat digests.txt
";

const COSIGN: &str = "\
inputs:
  image:
    required: true
runs:
  using: composite
  steps:
    - uses: anchore/sbom-action@e22c389904149dbc22b58101806040fa8d37a610 # v0.24.0
      with:
        image: ${{ inputs.image }}
        output-file: sbom.spdx.json
    - shell: bash
      run: |
        sign() { cosign sign -y \"$1\"; }
        sign \"${{ inputs.image }}\"
        cosign attest -y --predicate sbom.spdx.json --type spdxjson \"${{ inputs.image }}\"
";

const WORKFLOW: &str = ".github/workflows/release.yaml";
const ACTION: &str = ".github/actions/cosign/action.yaml";

fn policy() -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("install/policy-hardened.yml")).unwrap()
}

/// Creates a clone with the release workflow, its action and the policy in one commit.
fn project<'s>(sandbox: &'s Sandbox, release: &str) -> Repo<'s> {
    let repo = sandbox.init("repo");
    repo.write(".git-gate.yml", policy());
    repo.write(ACTION, COSIGN);
    repo.commit_file(WORKFLOW, release);
    repo
}

/// Returns the findings in a range or a tree, as `rule path:line`.
fn found(repo: &Repo<'_>, arguments: &[&str]) -> Vec<String> {
    let scan = ["scan", "--no-git-config", "--format", "json"];
    let report = repo.gate(scan).args(arguments).transcript();
    assert!(matches!(report.status(), Some(0 | 1)), "{report}");
    let report: serde_json::Value = serde_json::from_slice(report.stdout()).unwrap();
    let place = |finding: &serde_json::Value| {
        let location = &finding["location"];
        let (rule, path) = (finding["rule"].as_str().unwrap(), location["path"].as_str().unwrap());
        format!("{rule} {path}:{}", location["line"])
    };
    report["findings"].as_array().unwrap().iter().map(place).collect()
}

fn in_release(rules: &[(&str, u32)]) -> Vec<String> {
    rules.iter().map(|(rule, line)| format!("{rule} {WORKFLOW}:{line}")).collect()
}

#[test]
fn hardened_release_has_only_its_known_weaknesses() {
    let sandbox = Sandbox::new();
    let repo = project(&sandbox, RELEASE);
    let weak = [("excessive-permissions", 6), ("persisted-credentials", 12)];
    assert_eq!(found(&repo, &["--tree", "HEAD"]), in_release(&weak));
}

#[test]
fn each_removed_protection_is_reported() {
    for (from, to, rule, line) in [
        ("    environment: release\n", "", "unprotected-secret", 15),
        ("    environment: release\n", "    environment: ''\n", "unprotected-secret", 16),
        ("    environment: release\n", "    environment: testing\n", "unprotected-secret", 16),
        ("${{ steps.image.outputs.digest }}", "latest", "unsigned-image", 19),
        ("  id-token: write", "  actions: write", "unsigned-image", 19),
        ("./.github/actions/cosign", "./.github/actions/other", "missing-sbom", 19),
        ("QUAY_RELEASE_PASSWORD", "QUAY_PASSWORD_CI", "unprotected-secret", 16),
    ] {
        let sandbox = Sandbox::new();
        let repo = project(&sandbox, &RELEASE.replace(from, to));
        let findings = found(&repo, &["--tree", "HEAD"]);
        let expected = format!("{rule} {WORKFLOW}:{line}");
        assert!(findings.contains(&expected), "{to}: {findings:?}");
    }
}

#[test]
fn action_that_stops_signing_is_reported_in_callers() {
    let sandbox = Sandbox::new();
    let repo = project(&sandbox, RELEASE);
    repo.commit_file(ACTION, COSIGN.replace("cosign sign -y", "echo"));
    assert_eq!(found(&repo, &["HEAD~1..HEAD"]), in_release(&[("unsigned-image", 19)]));
    repo.gate(["scan", "--no-git-config", "HEAD~1..HEAD"]).ends_with(1).says("this file is unchanged");
    repo.commit_file(ACTION, COSIGN);
    assert_eq!(found(&repo, &["HEAD~1..HEAD"]), Vec::<String>::new());
    repo.commit_file("README.md", "x");
    assert_eq!(found(&repo, &["HEAD~1..HEAD"]), Vec::<String>::new());
}

#[test]
fn deleted_action_is_reported_in_its_callers() {
    let folder = ".github/actions/cosign";
    for change in [
        &["rm", "-q", ACTION][..],
        &["rm", "-q", "-r", ".github/actions"],
        &["mv", folder, "cosign"],
        &["mv", ACTION, ".github/actions/cosign/signs.yaml"],
    ] {
        let sandbox = Sandbox::new();
        let repo = project(&sandbox, RELEASE);
        repo.git(change).ok();
        repo.commit("ci: another action");
        let rules: Vec<String> = found(&repo, &["HEAD~1..HEAD"]);
        assert_eq!(rules, in_release(&[("unsigned-image", 19), ("missing-sbom", 19)]), "{change:?}");
    }
    // A directory replaces the file, or a file replaces the directory.
    for (removed, instead) in [(ACTION, format!("{ACTION}/x")), (folder, folder.to_owned())] {
        let sandbox = Sandbox::new();
        let repo = project(&sandbox, RELEASE);
        repo.git(["rm", "-q", "-r", removed]).ok();
        repo.commit_file(&instead, "x\n");
        let rules: Vec<String> = found(&repo, &["HEAD~1..HEAD"]);
        assert_eq!(rules, in_release(&[("unsigned-image", 19), ("missing-sbom", 19)]), "{instead}");
    }
}

#[test]
fn deleted_action_is_reported_in_full_history() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    // Once the action is deleted, no file that a rule reads is left in its directory.
    repo.write(".git-gate.yml", policy());
    repo.write("tools/sign/action.yaml", COSIGN);
    repo.write("tools/sign/README", "x\n");
    repo.commit_file(WORKFLOW, RELEASE.replace(".github/actions/cosign", "tools/sign"));
    let message = "x\n\nSigned-off-by: A <a@b.test>\n";
    let one = format!(
        "commit refs/heads/main\ncommitter A <a@b.test> 1700000000 +0000\ndata {}\n{message}\n",
        message.len()
    );
    let stream = format!("{one}from refs/heads/main^0\n\n{}", format!("{one}\n").repeat(299));
    repo.git(["fast-import", "--quiet"]).stdin(stream).ok();
    repo.git(["rm", "-q", "tools/sign/action.yaml"]).ok();
    let commit = repo.commit("ci: no action");
    let unsigned =
        |findings: Vec<String>| findings.iter().filter(|line| line.starts_with("unsigned-image")).count();
    for _ in 0..2 {
        assert_eq!(unsigned(found(&repo, &["HEAD"])), 1);
        repo.gate(["scan", "--no-git-config", "HEAD"])
            .transcript()
            .says(&format!("{}:{WORKFLOW}", &commit[..12]));
        repo.git(["repack", "-a", "-d", "-q"]).ok();
    }
}

#[test]
fn merge_with_an_action_that_stopped_signing_is_reported() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write(".git-gate.yml", policy());
    repo.commit_file(ACTION, COSIGN);
    repo.git(["checkout", "-q", "-b", "side"]).ok();
    repo.commit_file(WORKFLOW, RELEASE);
    repo.git(["checkout", "-q", "main"]).ok();
    let merge = || {
        repo.git(["merge", "-q", "--no-ff", "--signoff", "-m", "Merge side", "side"]).ok();
        found(&repo, &["HEAD^!"])
    };
    repo.commit_file("other", "x\n");
    assert_eq!(merge(), [""; 0]);
    repo.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    repo.commit_file(ACTION, COSIGN.replace("cosign sign -y", "echo"));
    assert_eq!(found(&repo, &["HEAD^!"]), [""; 0], "nobody calls it yet");
    assert_eq!(merge(), in_release(&[("unsigned-image", 19)]));
}

#[test]
fn workflow_changed_with_its_action_is_reported_once() {
    let sandbox = Sandbox::new();
    let repo = project(&sandbox, RELEASE);
    repo.write(WORKFLOW, format!("# a line\n{RELEASE}"));
    repo.commit_file(ACTION, COSIGN.replace("cosign sign -y", "echo"));
    assert_eq!(found(&repo, &["HEAD~1..HEAD"]), in_release(&[("unsigned-image", 20)]));
}

#[test]
fn unrelated_changes_do_not_repeat_a_workflow_error() {
    let sandbox = Sandbox::new();
    let repo = project(&sandbox, RELEASE);
    repo.commit_file(".github/workflows/broken.yml", "on: [\n");
    repo.commit_file("docs/a", "x\n");
    repo.commit_file(ACTION, format!("{COSIGN}# a line\n"));
    repo.git(["rm", "-q", "-r", "docs"]).ok();
    repo.commit("less");
    assert_eq!(found(&repo, &["HEAD~4..HEAD~3"]), ["unreadable-workflow .github/workflows/broken.yml:2"]);
    assert_eq!(found(&repo, &["HEAD~3..HEAD"]), Vec::<String>::new());
}

#[test]
fn tips_only_ignores_intermediate_commits() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write(".git-gate.yml", "workflows: {judge: tip}\n");
    repo.commit_file("docs/x", "x\n");
    repo.git(["rm", "-q", "-r", "docs"]).ok();
    repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    repo.git(["rm", "-q", WORKFLOW]).ok();
    repo.commit("undo");
    assert_eq!(found(&repo, &["HEAD~2..HEAD"]), Vec::<String>::new());
    assert_ne!(found(&repo, &["HEAD~2..HEAD~1"]), Vec::<String>::new());
}

#[test]
fn push_that_changes_only_the_action_is_refused() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    sandbox.write(
        server.bare.file("git-gate.yml"),
        "rules: {unsigned-image: deny, persisted-credentials: allow}\n",
    );
    server.client.write(ACTION, COSIGN);
    server.client.commit_file(WORKFLOW, RELEASE);
    server.client.git(["push", "-q", "origin", "main"]).ok();
    server.client.commit_file(ACTION, COSIGN.replace("cosign sign -y", "cosign sign --key k"));
    server.client.git(["push", "-q", "origin", "main"]).ends_with(1).says("signed with a key");
}

#[test]
fn push_of_an_action_that_puts_an_input_into_a_script_is_refused() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    sandbox.write(server.bare.file("git-gate.yml"), "rules: {script-injection: deny}\n");
    let action = |script: &str| {
        format!(
            "inputs: {{title: {{}}}}\nruns:\n  using: composite\n  steps:\n    - run: {script}\n      env: {{TITLE: \"${{{{ inputs.title }}}}\"}}\n      shell: bash\n"
        )
    };
    server.client.write(ACTION, action("echo \"$TITLE\""));
    server.client.commit_file(
        WORKFLOW,
        "on: issues\npermissions: {}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: ./.github/actions/cosign\n        with: {title: \"${{ github.event.issue.title }}\"}\n",
    );
    server.client.git(["push", "-q", "origin", "main"]).ok();
    server.client.commit_file(ACTION, action("echo ${{ inputs.title }}"));
    let refused = server.client.git(["push", "-q", "origin", "main"]);
    refused.ends_with(1).says("puts its input `title` into a script").says("release.yaml:8");
}

/// Workflow of two jobs without permissions, which pushes an image that a Makefile signs.
const BY_MAKE: &str = "\
on: push
jobs:
  image:
    runs-on: ubuntu-24.04
    permissions:
      id-token: write
    steps:
      - id: image
        uses: docker/build-push-action@14487ce63c7a62a4a324b0bfb37086795e31c6c1 # v6.16.0
        with:
          push: true
          sbom: true
          tags: quay.io/our/image:latest
      - run: make sign DIGEST=\"$DIGEST\"
        env:
          DIGEST: ${{ steps.image.outputs.digest }}
  lint:
    runs-on: ubuntu-24.04
    steps:
      - run: make lint
  test:
    runs-on: ubuntu-24.04
    steps:
      - run: make test
";

const MAKEFILE: &str = "lint:\n\ttrue\nsign:\n\t./hack/sign.sh quay.io/our/image@$(DIGEST)\n";

#[test]
fn script_that_stops_signing_is_reported_in_its_callers() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let unsigned = |arguments: &[&str]| {
        let found = found(&repo, arguments).into_iter();
        found.filter(|line| line.starts_with("unsigned-image")).collect::<Vec<_>>()
    };
    repo.write("Makefile", MAKEFILE);
    repo.write("hack/sign.sh", "cosign sign --yes \"$1\"\n");
    repo.commit_file(WORKFLOW, BY_MAKE);
    assert_eq!(unsigned(&["--tree", "HEAD"]), Vec::<String>::new());
    for (file, content) in [("hack/sign.sh", "true\n"), ("Makefile", "lint:\n\ttrue\nsign:\n\ttrue\n")] {
        repo.commit_file(file, content);
        assert_eq!(unsigned(&["HEAD~1..HEAD"]), in_release(&[("unsigned-image", 9)]), "{file}");
        repo.git(["revert", "--no-edit", "-s", "HEAD"]).ok();
        assert_eq!(unsigned(&["HEAD~1..HEAD"]), Vec::<String>::new(), "{file}");
    }
    repo.git(["rm", "-q", "hack/sign.sh"]).ok();
    repo.commit("build: no script");
    assert_eq!(unsigned(&["HEAD~1..HEAD"]), in_release(&[("unsigned-image", 9)]));
}

#[test]
fn workflow_with_more_actions_than_are_read_is_reported() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    for (count, is_reported) in [(256, false), (257, true)] {
        let mut text = BY_MAKE.to_owned();
        for number in 0..count {
            repo.write(format!("a{number}/action.yml"), "runs: {using: composite, steps: []}\n");
            let _ = writeln!(text, "      - uses: ./a{number}");
        }
        repo.commit_file(WORKFLOW, text);
        let found = found(&repo, &["--tree", "HEAD"]);
        let is_found = found.iter().any(|line| line.starts_with("unreadable-workflow"));
        assert_eq!(is_found, is_reported, "{count}: {found:?}");
    }
    repo.gate(["scan", "--tree", "HEAD"]).ends_with(1).says("256 local actions");
}

#[test]
fn workflow_with_more_scripts_than_are_read_is_reported() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let mut text = BY_MAKE.to_owned();
    for number in 0..18 {
        repo.write(format!("s/{number}.sh"), format!("# {number}{}\n", " ".repeat(1_000_000)));
        let _ = writeln!(text, "      - run: ./s/{number}.sh");
        repo.commit_file(WORKFLOW, &text);
        if [15, 17].contains(&number) {
            let found = found(&repo, &["--tree", "HEAD"]);
            let is_found = found.iter().any(|line| line.starts_with("unreadable-workflow"));
            assert_eq!(is_found, number == 17, "{number}: {found:?}");
        }
    }
}

#[test]
fn jobs_without_permissions_are_one_finding() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let permissions = |arguments: &[&str]| {
        let found = found(&repo, arguments).into_iter();
        found.filter(|line| line.starts_with("excessive-permissions")).collect::<Vec<_>>()
    };
    repo.commit_file(WORKFLOW, BY_MAKE);
    assert_eq!(permissions(&["--tree", "HEAD"]), in_release(&[("excessive-permissions", 17)]));
    let scan = repo.gate(["scan", "--no-git-config", "--tree", "HEAD"]);
    scan.transcript().says("the jobs `lint` and `test` have no `permissions`");
    // Only the job that is added is news.
    repo.commit_file(WORKFLOW, format!("{BY_MAKE}  docs:\n    runs-on: ubuntu-24.04\n    steps: []\n"));
    assert_eq!(permissions(&["HEAD~1..HEAD"]), in_release(&[("excessive-permissions", 25)]));
    repo.commit_file(
        WORKFLOW,
        BY_MAKE
            .replace("  lint:", "  check:")
            .replace("  test:\n    runs-on", "  test:\n    permissions: {}\n    runs-on"),
    );
    let news = permissions(&["HEAD~1..HEAD"]);
    assert_eq!(news, in_release(&[("excessive-permissions", 17)]), "a job with another name");
}

/// Contents of the files on which the findings of [`FOLLOWING`] depend; an empty one is a file that is missing.
const FOLLOWED: [(&str, [&str; 3]); 5] = [
    (WORKFLOW, ["# one\n", "# two\n", "# two\n"]),
    (
        "push.sh",
        ["docker push quay.io/our/a\n", "docker push quay.io/our/a\ncosign sign quay.io/our/a\n", ""],
    ),
    ("images/Makefile", ["push:\n\tdocker push quay.io/our/b\n", "push:\n\ttrue\n", ""]),
    ("images/other", ["x\n", "y\n", ""]),
    (
        ACTION,
        [COSIGN, "runs: {using: composite, steps: [{shell: bash, run: docker push quay.io/our/c}]}\n", ""],
    ),
];

const FOLLOWING: &str = "\
on: push
permissions: {}
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - run: ./push.sh
      - run: make -C images push
      - uses: ./.github/actions/cosign
        with: {image: quay.io/our/a}
";

/// What a workflow runs changes in some commits; what was found with the files of one tree counts in others that have the
/// same.
#[test]
fn a_history_has_the_findings_of_its_commits() {
    const COMMITS: u64 = 120;
    let sandbox = Sandbox::new();
    let (mut stream, mut number) = (String::new(), 3_u64);
    for commit in 0..COMMITS {
        let message = "m\n\nSigned-off-by: A <a@x.test>\n";
        let committer = format!("committer A <a@x.test> {} +0000", 1_000_000_000 + commit);
        let length = message.len();
        let _ = write!(stream, "commit refs/heads/main\n{committer}\ndata {length}\n{message}");
        for _ in 0..=commit % 2 {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (path, contents) = FOLLOWED[(number >> 33) as usize % FOLLOWED.len()];
            let content = match contents[(number >> 40) as usize % 3] {
                "" => {
                    let _ = writeln!(stream, "D {path}");
                    continue;
                }
                comment if path == WORKFLOW => format!("{comment}{FOLLOWING}"),
                content => content.to_owned(),
            };
            let _ = writeln!(stream, "M 644 inline {path}\ndata {}\n{content}", content.len());
        }
    }
    let repo = sandbox.init("repo");
    repo.git(["fast-import", "--quiet"]).stdin(stream).ok();
    repo.write(".git-gate.yml", policy());
    let in_order = |findings: Vec<String>| {
        let mut findings: Vec<String> = findings.into_iter().filter(|line| line.contains("image")).collect();
        findings.sort_unstable();
        findings
    };
    let whole = in_order(found(&repo, &["main"]));
    let each = (1..COMMITS).rev().map(|age| format!("main~{age}..main~{}", age - 1));
    let each = each.flat_map(|range| found(&repo, &[&range])).collect();
    assert!(whole.len() > 10, "{whole:?}");
    assert_eq!(whole, in_order(each));
}
