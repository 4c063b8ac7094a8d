//! Hook managers of clones, as data. Each is set up to run `other-hook`, which writes down that it ran.

use super::{ByHand, Event, Tool};

const NPM: &str = "`npm ci --ignore-scripts` in .ci/npm";
const PYPI: &str = ".ci/python-tools.txt";

pub(super) const HUSKY: Tool = Tool {
    name: "husky",
    programs: &["husky"],
    from: NPM,
    files: &[
        (".husky/commit-msg", "other-hook commit-msg \"$1\"\n"),
        (".husky/pre-push", "other-hook pre-push \"$@\"\n"),
    ],
    events: &[Event::CommitMsg, Event::PrePush],
    install: "husky",
    older: None,
    newer: None,
    again: &["husky"],
    uninstall: "git config --unset core.hooksPath",
    uninstalls_all: true,
    by_hand: ByHand::Never,
};

/// Its hooks are the tracked files themselves.
pub(super) const HUSKY_8: Tool = Tool {
    name: "husky 8",
    programs: &["husky-8", "husky"],
    files: &[
        (
            ".husky/commit-msg",
            "#!/usr/bin/env sh\n. \"$(dirname -- \"$0\")/_/husky.sh\"\n\nother-hook commit-msg \"$1\"\n",
        ),
        (
            ".husky/pre-push",
            "#!/usr/bin/env sh\n. \"$(dirname -- \"$0\")/_/husky.sh\"\n\nother-hook pre-push \"$@\" </dev/null\n",
        ),
    ],
    install: "chmod +x .husky/commit-msg .husky/pre-push; husky-8 install",
    ..HUSKY
};

pub(super) const LEFTHOOK: Tool = Tool {
    name: "lefthook",
    programs: &["lefthook", "lefthook-1"],
    from: NPM,
    files: &[(
        "lefthook.yml",
        "\
output: [failure]
commit-msg:
  jobs:
    - run: other-hook commit-msg {1}
pre-push:
  jobs:
    - run: other-hook pre-push {0}
      use_stdin: true
",
    )],
    events: &[Event::CommitMsg, Event::PrePush],
    install: "lefthook install",
    // The last one is installed by the next commit: lefthook does so by itself after a change of its file.
    older: Some("lefthook-1 install"),
    newer: None,
    again: &[
        "lefthook install",
        "lefthook install --force",
        "echo '# edited' >>lefthook.yml; touch -d '1 hour' lefthook.yml; git commit -q --allow-empty -sm edited",
    ],
    uninstall: "lefthook uninstall",
    uninstalls_all: true,
    by_hand: ByHand::Never,
};

pub(super) const SIMPLE_GIT_HOOKS: Tool = Tool {
    name: "simple-git-hooks",
    programs: &["simple-git-hooks"],
    from: NPM,
    files: &[
        (
            ".simple-git-hooks.json",
            r#"{"commit-msg": "other-hook commit-msg \"$1\"", "pre-push": "other-hook pre-push \"$@\""}"#,
        ),
        ("package.json", "{}"),
    ],
    events: &[Event::CommitMsg, Event::PrePush],
    install: "simple-git-hooks",
    older: None,
    newer: None,
    again: &["simple-git-hooks"],
    // As its own uninstall.js does.
    uninstall: "rm -f .git/hooks/commit-msg .git/hooks/pre-push",
    uninstalls_all: true,
    by_hand: ByHand::Never,
};

const PRE_COMMIT_CONFIG: (&str, &str) = (
    ".pre-commit-config.yaml",
    "\
default_install_hook_types: [commit-msg, pre-push]
repos:
  - repo: local
    hooks:
      - {id: message, name: message, language: system, entry: other-hook commit-msg, stages: [commit-msg]}
      - id: push
        name: push
        language: system
        entry: other-hook pre-push
        stages: [pre-push]
        always_run: true
        pass_filenames: false
",
);

pub(super) const PRE_COMMIT: Tool = Tool {
    name: "pre-commit",
    programs: &["pre-commit"],
    from: PYPI,
    files: &[PRE_COMMIT_CONFIG],
    events: &[Event::CommitMsg, Event::PrePush],
    install: "pre-commit install",
    older: None,
    newer: None,
    again: &["pre-commit install", "pre-commit install --overwrite"],
    uninstall: "pre-commit uninstall",
    uninstalls_all: true,
    by_hand: ByHand::Never,
};

pub(super) const PREK: Tool = Tool {
    name: "prek",
    programs: &["prek"],
    from: PYPI,
    files: &[PRE_COMMIT_CONFIG],
    events: &[Event::CommitMsg, Event::PrePush],
    install: "prek install",
    older: None,
    newer: None,
    again: &["prek install", "prek install --overwrite"],
    uninstall: "prek uninstall",
    uninstalls_all: true,
    by_hand: ByHand::Never,
};

/// Runs as the `git-lfs` of the sandbox, which writes down that it ran and goes on as the real one.
pub(super) const GIT_LFS: Tool = Tool {
    name: "git-lfs",
    programs: &["git-lfs"],
    from: "Debian's git-lfs",
    files: &[(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")],
    events: &[Event::PrePush],
    install: "git lfs update --force",
    older: None,
    newer: None,
    again: &["git lfs update || [ $? = 2 ]", "git lfs update --force"],
    uninstall: "git lfs uninstall --local",
    uninstalls_all: false,
    by_hand: ByHand::Never,
};

/// One script for all hooks, that knows by its name which one it is: overcommit is of this kind, and so are many scripts made by hand.
pub(super) const MASTER: Tool = Tool {
    name: "one script for all hooks",
    programs: &[],
    from: "",
    files: &[(
        "master",
        "\
#!/bin/sh
name=${0##*/}
case $name in
commit-msg) exec other-hook commit-msg \"$1\" ;;
pre-push) exec other-hook pre-push \"$@\" ;;
master) echo 'the master hook is not run by itself' >&2; exit 64 ;;
esac
",
    )],
    events: &[Event::CommitMsg, Event::PrePush],
    install: "\
mkdir -p .git/hooks
for hook in commit-msg pre-push; do rm -f .git/hooks/$hook && cp master .git/hooks/$hook && chmod 755 .git/hooks/$hook; done",
    older: None,
    newer: None,
    again: &["for hook in commit-msg pre-push; do cp master .git/hooks/$hook; done"],
    uninstall: "rm -f .git/hooks/commit-msg .git/hooks/pre-push",
    uninstalls_all: true,
    by_hand: ByHand::Never,
};

/// The same with links to one file outside of the hooks directory.
pub(super) const LINKED: Tool = Tool {
    name: "links to one script",
    install: "\
mkdir -p .git/hooks
for hook in commit-msg pre-push; do chmod 755 master; ln -sf ../../master .git/hooks/$hook; done",
    older: None,
    newer: None,
    again: &["for hook in commit-msg pre-push; do ln -sf ../../master .git/hooks/$hook; done"],
    by_hand: ByHand::Line("master"),
    ..MASTER
};
