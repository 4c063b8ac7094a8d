//! Actions and programs that push commits or tags with the credentials of the checkout.

use crate::workflow::{JUSTFILES, MAKEFILES};

/// Actions that commit and push, or open a pull request from a branch that they push.
///
/// Source: the README of each repository, which says so in its first paragraph or in the list of its inputs. Some
/// take a token of their own, too; whether that is enough depends on their version.
pub(super) const ACTIONS: &[&str] = &[
    "actions-ecosystem/action-push-tag",
    "actions-js/push",
    "ad-m/github-push-action",
    "benchmark-action/github-action-benchmark",
    "changesets/action",
    "commitizen-tools/commitizen-action",
    "cpina/github-action-push-to-another-repository",
    "crazy-max/ghaction-github-pages",
    "creyd/prettier_action",
    "crowdin/github-action",
    "cycjimmy/semantic-release-action",
    "devops-infra/action-commit-push",
    "endbug/add-and-commit",
    "fregante/daily-version-action",
    "fregante/setup-git-user",
    "github-actions-x/commit",
    "haya14busa/action-bumpr",
    "helm/chart-releaser-action",
    "homebrew/actions/git-try-push",
    "jamesives/github-pages-deploy-action",
    "korthout/backport-action",
    "marcoieni/release-plz-action",
    "mhausenblas/mkdocs-deploy-gh-pages",
    "peaceiris/actions-gh-pages",
    "peter-evans/create-pull-request",
    "phips28/gh-action-bump-version",
    "python-semantic-release/publish-action",
    "python-semantic-release/python-semantic-release",
    "r-lib/actions/pr-push",
    "release-plz/action",
    "repo-sync/github-sync",
    "rickstaa/action-create-tag",
    "s0/git-publish-subdir-action",
    "sorenlouv/backport-github-action",
    "stefanprodan/helm-gh-pages",
    "stefanzweifel/git-auto-commit-action",
    "test-room-7/action-update-file",
    "tibdex/backport",
    "tripss/conventional-changelog-action",
    "zeebe-io/backport-action",
];

/// Words in the name of an action that may push, although it is not in the list.
pub(super) const WORDS: &[&str] = &[
    "auto-merge",
    "autofix",
    "backport",
    "bump",
    "changelog",
    "cherry-pick",
    "commit",
    "gh-pages",
    "push",
    "pull-request",
    "semantic-release",
    "sync",
    "tag",
];

/// Owners whose actions with such names do not push: images, and the API of the forge.
pub(super) const OTHER_OWNERS: &[&str] = &["actions", "aws-actions", "docker", "github", "redhat-actions"];

/// Commands that push commits or tags, or do so by default.
///
/// Source: the manual of each program. `npm version` and the like make a commit and a tag, which are pushed next.
pub(super) const COMMANDS: &[&str] = &[
    "auto shipit",
    "bump-my-version",
    "bump2version",
    "bumpversion",
    "cargo release",
    "cargo smart-release",
    "cargo workspaces",
    "changeset tag",
    "cz bump",
    "doctr deploy",
    "gh-pages",
    "ghp-import",
    "git lfs push",
    "git push",
    "git send-pack",
    "git subtree push",
    "hub push",
    "lerna publish",
    "lerna version",
    "mike",
    "mkdocs gh-deploy",
    "mvn release:perform",
    "mvn release:prepare",
    "npm version",
    "nx release",
    "pnpm version",
    "rake release",
    "release-it",
    "release-plz",
    "semantic-release",
    "standard-version",
    "tbump",
    "yarn version",
];

/// Programs that start another one, which is named behind them.
pub(super) const STARTERS: &[&str] = &[
    "bun", "bunx", "bundle", "hatch", "npm", "npx", "pdm", "pipx", "pnpm", "poetry", "py", "python",
    "python3", "rye", "uv", "uvx", "yarn",
];

/// Commands that read from the remote: a private repository needs credentials for them.
pub(super) const READING: &[&str] =
    &["git clone", "git fetch", "git lfs", "git ls-remote", "git pull", "git remote update", "git submodule"];

/// Actions that fetch from the remote: a private repository needs credentials for them. Source: their README.
pub(super) const READING_ACTIONS: &[&str] =
    &["dorny/paths-filter", "step-security/changed-files", "tj-actions/changed-files"];

/// Programs that run scripts of the repository, and the files in which those stand.
pub(super) const RUNNERS: &[(&str, &[&str])] = &[
    ("bun", &["package.json"]),
    ("bundle", &["Rakefile"]),
    ("deno", &["deno.json", "deno.jsonc"]),
    ("inv", &["tasks.py"]),
    ("invoke", &["tasks.py"]),
    ("just", JUSTFILES),
    ("mage", &["magefile.go"]),
    ("make", MAKEFILES),
    ("mise", &["mise.toml", ".mise.toml"]),
    ("nox", &["noxfile.py"]),
    ("npm", &["package.json"]),
    ("npx", &["package.json"]),
    ("pnpm", &["package.json"]),
    ("rake", &["Rakefile"]),
    ("task", &["Taskfile.yml", "Taskfile.yaml"]),
    ("tox", &["tox.ini"]),
    ("yarn", &["package.json"]),
];
