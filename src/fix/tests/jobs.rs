//! Jobs that need the credentials of their checkout, and those that may.

use super::{KnownPins, OID, fix, fixed, job};

/// Returns whether a checkout in a job with further steps gets the input.
fn loses_credentials(inputs: &str, steps: &str, files: &[(&str, &str)]) -> bool {
    let text = job(&format!("      - uses: actions/checkout@{OID} # v4\n{inputs}{steps}"));
    fixed(&KnownPins::default(), files, false, &text) != text
}

#[test]
fn job_in_which_anything_pushes_keeps_its_credentials() {
    let action = "runs:\n  using: composite\n  steps:\n    - {run: git push, shell: bash}\n";
    let nested = "runs: {using: composite, steps: [{uses: ./p}]}\n";
    let node = "runs: {using: node20, main: index.js}\n";
    for (steps, files) in [
        ("- uses: stefanzweifel/git-auto-commit-action@v7", &[][..]),
        ("- uses: Korthout/Backport-action@v1", &[]),
        ("- run: npm version patch", &[]),
        ("- run: mike deploy --push 1.0", &[]),
        ("- run: npx gh-pages -d dist", &[]),
        ("- run: ./release.sh", &[("release.sh", "#!/bin/sh\ngit push origin HEAD\n")]),
        (
            "- run: bash scripts/a.sh",
            &[("scripts/a.sh", ". scripts/b.sh\n"), ("scripts/b.sh", "git push --tags\n")],
        ),
        ("- run: deno run -A tools/pr.ts", &[("tools/pr.ts", "await repo.gitPush(\"-u\", \"origin\")")]),
        ("- {run: ./a.sh, working-directory: tools}", &[("tools/a.sh", "git push")]),
        ("- run: make release", &[("Makefile", "test:\n\ttrue\nrelease:\n\tgit push\n")]),
        ("- run: npm run release", &[("package.json", r#"{"scripts": {"release": "git push"}}"#)]),
        ("- uses: ./p", &[("p/action.yml", action)]),
        ("- uses: ./q", &[("q/action.yml", nested), ("p/action.yml", action)]),
        ("- uses: ./n", &[("n/action.yml", node), ("n/index.js", "exec('git', ['push'])")]),
        ("- run: poetry run semantic-release publish", &[]),
        ("- run: eval \"git push\"", &[]),
        ("- {uses: a/retry@v1, with: {command: git push}}", &[]),
        ("- {uses: actions/github-script@v7, with: {script: \"exec.exec('git', ['push'])\"}}", &[]),
        ("- run: cd tools && ./release.sh", &[("tools/release.sh", "git push")]),
        ("- run: $GITHUB_WORKSPACE/x.sh", &[]),
        ("- uses: ./gone", &[]),
        ("- run: make -C docs release", &[("docs/Makefile", "release:\n\tgit push\n")]),
        ("- run: make x", &[("Makefile", "include c.mk\nx: tag\n"), ("c.mk", "tag:\n\tgit push\n")]),
        ("- {run: $PUSH, env: {PUSH: git push origin HEAD}}", &[]),
        ("- {run: $SCRIPT, env: {SCRIPT: tools/x}}", &[("tools/x", "git push\n")]),
        ("- {uses: a/run@v1, env: {COMMAND: git push}}", &[]),
        ("- run: ./big.sh", &[("big.sh", "cannot be read")]),
        ("- run: cat lib/big", &[("lib/big", "cannot be read")]),
        ("- uses: ./p", &[("p/action.yml", "cannot be read")]),
        ("- uses: ./p", &[("p/action.yml", "runs: {using: composite, steps: x}\n")]),
        ("- run: make x", &[("Makefile", "include c.mk\nx: ; true\n"), ("c.mk", "cannot be read")]),
        ("- run: python -m tools.release", &[]),
        ("- run: cargo xtask release", &[]),
        ("- run: go run ./cmd/release", &[]),
        ("- run: bazel run :push", &[]),
        ("- uses: tj-actions/changed-files@v46", &[]),
        ("- run: nix run .#release", &[]),
        ("- run: docker run --rm -v $PWD:/w image", &[]),
        ("- uses: docker://image/that-pushes", &[]),
        ("- run: npx np", &[]),
        ("- run: releaser", &[]),
        ("- run: git release 1.0 -c", &[]),
        ("- run: git -C x flow release finish", &[]),
        ("- run: 'g=push; git \"$g\"'", &[]),
        ("- {uses: terraform-docs/gh-actions@v1, with: {git-push: 'true'}}", &[]),
        ("- run: ./x.sh", &[("x.sh", "#!/bin/sh\nbazel run :push\n")]),
        ("- run: make x", &[("Makefile", "x:\n\tbazel run :push\n")]),
        ("- run: ./gradlew release", &[("gradlew", "exec java\n")]),
        ("- run: ./mvnw -B release:prepare", &[("mvnw", "exec java\n")]),
    ] {
        assert!(!loses_credentials("", &format!("      {steps}\n"), files), "{steps}");
    }
    for (steps, files) in [
        ("- run: make test", &[("Makefile", "test:\n\ttrue\nrelease:\n\tgit push\n")][..]),
        ("- run: npm test", &[("package.json", r#"{"scripts": {"test": "x", "release": "git push"}}"#)]),
        ("- run: go test ./...", &[]),
        ("- run: git -c a=b commit -m x", &[]),
        ("- run: git --no-pager -C docs log", &[]),
        ("- run: git stash push", &[]),
        ("- run: git config --global push.default simple", &[]),
        ("- run: \"# git push\"", &[]),
        ("- {uses: some/action@v1, with: {git-push: 'false'}}", &[]),
        ("- run: python -m pytest", &[]),
        ("- run: make x", &[("Makefile", "include c.mk\nx: ; true\n"), ("c.mk", "tag:\n\tgit push\n")]),
        ("- {run: $PUSH, env: {PUSH: docker push x}}", &[]),
        ("- run: ./build.sh", &[("build.sh", "docker push x\ncat README.md\n"), ("README.md", "git push")]),
        ("- uses: docker/build-push-action@v6", &[]),
        ("- uses: ./p", &[("p/action.yml", "runs: {using: composite, steps: [{run: ls}]}\n")]),
    ] {
        assert!(loses_credentials("", &format!("      {steps}\n"), files), "{steps}");
    }
}

#[test]
fn what_cannot_be_read_pushes_nothing_with_a_token_that_may_not() {
    let text = |permissions: &str, run: &str| {
        format!(
            "{permissions}{}",
            job(&format!("      - uses: actions/checkout@{OID}\n      - run: {run}\n"))
        )
    };
    for (permissions, is_safe) in [
        ("", false),
        ("permissions: write-all\n", false),
        ("permissions: {contents: write}\n", false),
        ("permissions: {contents: read}\n", true),
        ("permissions: {}\n", true),
    ] {
        for run in ["./gone.sh", "./big.sh", "python -m tool", "cargo xtask x", "./gradlew release"] {
            let (text, files) = (text(permissions, run), [("big.sh", "cannot be read"), ("gradlew", "x")]);
            let known = KnownPins::default();
            assert_eq!(fixed(&known, &files, false, &text) != text, is_safe, "{permissions} {run}");
            assert_ne!(fixed(&known, &files, true, &text), text, "{permissions} {run}");
        }
    }
}

#[test]
fn variables_of_the_job_and_the_workflow_are_searched() {
    let steps = format!("      - uses: actions/checkout@{OID}\n      - run: $PUSH\n");
    for text in [
        format!("env: {{PUSH: git push}}\n{}", job(&steps)),
        format!("jobs:\n  a:\n    env: {{PUSH: git push}}\n    steps:\n{steps}"),
    ] {
        let fix = fix(&KnownPins::default(), &[], true, &text);
        assert!(fix.repaired.is_none(), "{text}");
        let why = fix.left.iter().find_map(|left| left.why.clone()).unwrap();
        assert_eq!(why, "the job `a` has the variable `PUSH` with `git push`");
    }
}

#[test]
fn checkout_with_a_token_of_its_own_keeps_it() {
    let with = |input: &str| format!("        with:\n          {input}\n");
    for input in ["token: ${{ secrets.BOT }}", "ssh-key: ${{ secrets.KEY }}", "Token: x"] {
        assert!(!loses_credentials(&with(input), "", &[]), "{input}");
    }
    for input in
        ["token: ${{ github.token }}", "token: ${{secrets.GITHUB_TOKEN}}", "token: ''", "fetch-depth: 0"]
    {
        assert!(loses_credentials(&with(input), "", &[]), "{input}");
    }
}

#[test]
fn doubtful_repairs_are_made_only_when_asked() {
    let checkout = format!("      - uses: actions/checkout@{OID} # v4\n");
    for text in [
        job(&format!("{checkout}      - run: git fetch --tags\n")),
        job(&format!("{checkout}      - uses: some/push-back@v1\n")),
        format!("permissions: {{contents: write}}\n{}", job(&checkout)),
        format!("jobs:\n  a:\n    permissions: write-all\n    steps:\n{checkout}"),
    ] {
        let known = KnownPins::default();
        assert_eq!(fixed(&known, &[], false, &text), text);
        let first = fix(&known, &[], false, &text);
        assert!(first.doubtful == 1 && first.left.iter().any(|left| left.why.is_some()), "{text}");
        assert_ne!(fixed(&known, &[], true, &text), text, "{text}");
    }
}

#[test]
fn anchored_checkout_is_that_of_every_job_that_names_it() {
    let jobs = |last: &str| {
        format!(
            "jobs:\n  a:\n    steps:\n      - &co\n        uses: actions/checkout@{OID}\n      - run: {last}\n  \
             b:\n    steps:\n      - *co\n      - run: true\n"
        )
    };
    let repaired = |text: &str| fixed(&KnownPins::default(), &[], false, text);
    assert_eq!(repaired(&jobs("git push")), jobs("git push"));
    assert_ne!(repaired(&jobs("true")), jobs("true"));
}
