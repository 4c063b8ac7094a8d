//! Rule `token-in-git-config`: a credential is in git config or in a file of that kind.

use super::{Check, Rule, leak_text};
use crate::report::{Group, Level, Problem, RuleMeta};
use crate::token::{Leak, Strictness};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "token-in-git-config",
        group: Group::Token,
        default_level: Level::Deny,
        summary: "git config or a similar file contains a credential",
        docs: r#"### What it checks

No file that git, or a program that supplies secrets to git, reads contains a credential:

- the effective config: system, global and local, of every worktree and every submodule, with all files named by `include`
  and `includeIf` (even if the condition does not hold now), the credential store, cookie and netrc files that they name,
  `~/.netrc`, `.git/remotes/*` and `.git/branches/*`. It is checked by `git gate scan`; the pre-push hook checks what belongs
  to the repository, and only notes what belongs to the user;
- committed files with such content: `.gitmodules`, `.gitconfig`, `.gitrepo`, `.lfsconfig`, `.netrc`, `.git-credentials`,
  cookies, a copy of `.git/config` or a dump of it under any name, also in a log, in UTF-16 or UTF-32, or in a tar, zip or
  gzip archive.

By its content, a text is git config if it has an entry that only git has, such as `remote.origin.url`. A listed entry counts if
its key is one of git whose value is secret, any other one only beside two entries that only git has. TOML, properties, SQL and
translations are no git config.

A value is reported because of its position, regardless of its form: the password of a URL, an `Authorization` header,
`sendemail.smtpPass`, a literal in a credential helper. Placeholders (`${TOKEN}`, `<token>`, `***`, `password`) are not
reported. Comments and lines that git cannot parse are checked too.

### Why it matters

`actions/checkout` writes the job's token to the config of the clone, some CI runners write it to the URL of `origin`, and
people paste tokens there. Every program that runs in the clone can read it, and so can everyone who gets a copy of the
directory: as an artifact, in an image, in a bug report, in a commit.

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

Revoke the credential first: deleting it from the file does not make it invalid. Then remove it; the finding shows the
command:

    git remote set-url origin https://git.example.org/w.git
    git config --local --unset-all http.https://github.com/.extraheader

Store the new one in a credential helper (`git config --global credential.helper libsecret`, `osxkeychain`, `manager`, or
`gh auth setup-git`). In a workflow, set `persist-credentials: false` on `actions/checkout`.

### Settings

A server needs `receive.certNonceSeed` in its own config, so this key is reported only in committed files.
"#,
    },
    check: Check::Token(check),
};

fn check(leak: &Leak) -> Option<Problem> {
    (leak.strictness == Strictness::GitConfig).then(|| leak_text::problem(leak))
}
