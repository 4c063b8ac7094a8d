//! Rule `token-in-content`: a provider token is in a blob, message, path, ref or tag.

use super::{Check, Rule, leak_text};
use crate::report::{Group, Level, Problem, RuleMeta};
use crate::token::{Leak, Tier};

pub(super) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "token-in-content",
        group: Group::Token,
        default_level: Level::Warn,
        summary: "a provider token stands in a blob, message, path, ref or tag",
        docs: r#"### What it checks

No other file, path, symbolic link, message, identity or ref holds a provider's token. A token counts when its structure is
right: for GitHub, GitLab (routable), npm, Bitbucket, Azure DevOps and PyPI that is a checksum or a signed layout, for others
a prefix, a length and variety. `Authorization` headers count when they decode to such a token or to 16 random characters,
passwords in URLs when they are strong and the host is a real one.

In tests and documents only tokens with the right structure count. Archives are opened three layers deep; what is too large
to be searched is said.

### Why it matters

Whoever can read the repository can use the token, and a push is copied before anybody can take it back. A token in a merge
commit, in a file that is marked as binary, in a file name or in a tag is as readable as any other.

### Example

Bad:

```sh
export GH_TOKEN=<the token>
```

Good:

```sh
: "${GH_TOKEN:?is set by the job}"
```

### How to fix

Revoke the token where it was made: it has been seen. Then take it out of the commit that adds it:

    git commit --amend        # the last commit
    git rebase -i <base>      # an older one: edit, then continue

A later commit that deletes it does not help: the older one is pushed with it.

### Settings

None but its level:

```yaml
rules:
  token-in-content: deny
```
"#,
    },
    check: Check::Token(check),
};

fn check(leak: &Leak) -> Option<Problem> {
    (leak.tier != Tier::GitConfig).then(|| leak_text::problem(leak))
}
