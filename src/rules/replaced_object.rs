//! Rule `replaced-object`: a push sets a replace ref.

use super::{Check, Rule};
use crate::git::RefPattern;
use crate::hook::RefUpdate;
use crate::report::{Group, Level, Problem, RuleMeta};
use crate::text::escape;

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "replaced-object",
        group: Group::Ref,
        default_level: Level::Deny,
        summary: "a push sets a replace ref, which makes git show a different object than the one pushed",
        docs: r#"### What it checks
Ref updates below `refs/replace/` that create or move a ref. Deleting one is allowed.

### Why it matters
A ref `refs/replace/<oid>` makes git show another object wherever `<oid>` is read (git-replace(1)). On a server, it can
make every hook that calls plain git see a clean commit instead of a bad one that is pushed next. git-gate itself reads
objects as they are, but other tools do not.

### Example
Bad: `git push origin refs/replace/<oid>`

Good: `git push origin main`

### How to fix
Leave replace refs out of the push. To make a replacement part of history, rewrite the history:
`git filter-repo`, or `git rebase` on the replaced commit.

### Settings
none
"#,
    },
    check: Check::RefUpdate(check),
};

fn check(update: &RefUpdate, _: &[RefPattern]) -> Option<Problem> {
    let replaced = update.refname.strip_prefix(b"refs/replace/")?;
    update.new?;
    Some(Problem {
        message: format!("the push sets a replace ref for `{}`", escape(replaced)),
        help: Some("leave `refs/replace/*` out of the push".to_owned()),
        notes: Vec::new(),
        place: (),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Oid;

    #[test]
    fn only_setting_a_replace_ref_is_a_problem() {
        let oid = Oid::from_hex(&[b'1'; 40]);
        for (refname, new, found) in [
            ("refs/replace/11bd71901bbe5b1630ceea73d27597364c9af683", oid, true),
            ("refs/replace/11bd71901bbe5b1630ceea73d27597364c9af683", None, false),
            ("refs/heads/refs/replace/x", oid, false),
            ("refs/heads/main", oid, false),
        ] {
            let update = RefUpdate { refname: refname.into(), old: None, new };
            assert_eq!(check(&update, &[RefPattern::new("refs/tags/v*")]).is_some(), found, "{refname}");
        }
    }
}
