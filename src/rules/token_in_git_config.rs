//! Rule `token-in-git-config`: a credential is in git config or in a file of that kind.

use super::{Check, Rule, leak_text};
use crate::report::{Group, Level, Problem, RuleMeta};
use crate::token::{Leak, Tier};

pub(super) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "token-in-git-config",
        group: Group::Token,
        default_level: Level::Deny,
        summary: "a credential stands in git config or in a file of that kind",
        docs: r#"### What it checks

Nothing that git, or a program that reads secrets for git, can read holds a credential:

- the effective config: system, global, local, of every worktree and every submodule, and everything that `include` and
  `includeIf` name, whatever their conditions say now; with it the credential store, cookie and netrc files that it names.
  `git gate scan` and the pre-push hook judge it;
- committed files of git-config kind: `.gitmodules`, `.gitconfig`, `.lfsconfig`, `.netrc`, `.git-credentials`, cookies, a
  copy of `.git/config` or a dump of it under any name, also in a log, in UTF-16, or in a tar, zip or gzip archive.

What counts is the position: the password of a URL, an `Authorization` header, `sendemail.smtpPass`, a literal in a
credential helper, whatever it looks like. Placeholders (`${TOKEN}`, `<token>`, `***`, `password`) do not count. Comments
and lines that git cannot read count.

### Why it matters

`actions/checkout` writes the job's token into the config of the clone, runners write it into the URL of `origin`, people
paste it there. Whatever runs in the clone can read it, and so can everybody who gets the directory: as an artifact, in an
image, in a bug report, in a commit.

### Example

Bad:

```ini
[remote "origin"]
    url = https://jdoe:<the password>@git.example.org/w.git
```

Good:

```ini
[remote "origin"]
    url = https://git.example.org/w.git
[credential]
    helper = libsecret
```

### How to fix

Revoke the credential first: deleting it from the file does not take it back. Then remove it; the finding names the command:

    git remote set-url origin https://git.example.org/w.git
    git config --local --unset-all http.https://github.com/.extraheader

and let a credential helper keep the next one (`git config --global credential.helper libsecret`, `osxkeychain`, `manager`,
or `gh auth setup-git`). In a workflow set `persist-credentials: false` on `actions/checkout`.

### Settings

None but its level. A server expects `receive.certNonceSeed` in its own config, and it is reported only when committed.
"#,
    },
    check: Check::Token(check),
};

fn check(leak: &Leak) -> Option<Problem> {
    (leak.tier == Tier::GitConfig).then(|| leak_text::problem(leak))
}
