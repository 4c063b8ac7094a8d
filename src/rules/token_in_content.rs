//! Rule `token-in-content`: a provider token is in a blob, message, path, ref or tag.

use super::{Check, Rule, leak_text};
use crate::report::{Group, Level, Problem, RuleMeta};
use crate::token::{Leak, Strictness};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "token-in-content",
        group: Group::Token,
        default_level: Level::Warn,
        summary: "a blob, message, path, ref or tag contains a provider token",
        docs: r#"### What it checks

No file (except those covered by `token-in-git-config`), path, symbolic link, message, identity or ref contains a token of a
provider. A token is reported if its structure is valid: a checksum or a signed layout for GitHub, GitLab (routable), npm,
Bitbucket, Azure DevOps and PyPI; a prefix, a length and enough different characters for some 150 others, of registries, CI
services, clouds, language models and messengers. An `Authorization` header is reported if it decodes to such a token or to 16
random characters, a password in a URL if it is strong or looks like a token, and the host is a real one.

A private key in PEM that no passphrase protects is reported, and one in the key file of a Google service account by that name.
API keys that are public by design, as in `google-services.json`, are not.

In tests and documents, only tokens with a valid structure are reported, and no private keys. In directories such as `itest` and
`testkeys`, only private keys are not reported. Neither is a key pair of AWS with `FAKE` in both parts, or a value that a public
document has made up: in RFC 6749, 7592, 7662, 8410 and 9500, on jwt.io, of GitHub, Docker, Django REST framework, python-gitlab,
age and Vagrant.

Archives (tar, zip, gzip) are searched up to three levels deep; the report lists what was too large to be searched. A file of more
than 64 MiB is searched as text. A push with archives and such files that unpack to more than `limits.unpacked` is refused: it
could not be searched in time.

### Why it matters

Everyone who can read the repository can use the token, and a push may be copied before it can be undone. A token in a merge
commit, in a file marked as binary, in a file name or in a tag is as readable as any other.

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

Revoke the token where it was issued: it may have been read. Then remove it from the commit that adds it:

    git commit --amend        # the last commit
    git rebase -i <base>      # an older one: edit, then continue

Deleting it in a later commit does not help: the older commit is pushed too.

### Settings

The section `tokens` of the policy.
"#,
    },
    check: Check::Token(check),
};

fn check(leak: &Leak) -> Option<Problem> {
    (leak.strictness != Strictness::GitConfig).then(|| leak_text::problem(leak))
}
