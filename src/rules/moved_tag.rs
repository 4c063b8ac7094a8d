//! Rule `moved-tag`: a push moves or deletes a tag that must not change.

use super::{Check, Rule};
use crate::git::RefPattern;
use crate::hook::RefUpdate;
use crate::report::{Group, Level, Problem, RuleMeta};
use crate::text::escape;

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "moved-tag",
        group: Group::Ref,
        default_level: Level::Allow,
        summary: "a push moves or deletes a tag that others may rely on",
        docs: r#"### What it checks
Ref updates that change or delete an existing ref that matches a pattern of the policy, by default `refs/tags/v*`. Creating
such a ref is allowed. The old value is the one that the server has, not the one that the client sends. A push to a symbolic
ref counts as one to the ref that it leads to, and a ref in a namespace of git by its name there.

### Why it matters
Everyone who uses `v1.2.3` of an action, an image or a source archive gets the commit that the tag names today. Moving a tag
replaces the code without a trace in the history of the projects that use it. Popular actions have been attacked in this
way.

### Example
Bad: `git push --force origin v1.2.3`

Good: `git push origin v1.2.4`

### How to fix
Create a new release with a new tag: `git tag -s v1.2.4`, `git push origin v1.2.4`.

### Settings
Off by default; `deny` in the profile `hardened`.

    rules:
      moved-tag: deny
    refs:
      immutable: [refs/tags/v*]
"#,
    },
    check: Check::RefUpdate(check),
};

fn check(update: &RefUpdate, immutable: &[RefPattern]) -> Option<Problem> {
    let old = update.old.filter(|old| update.new != Some(*old))?;
    if !immutable.iter().any(|pattern| pattern.matches(&update.refname)) {
        return None;
    }
    let refname = escape(&update.refname);
    let (message, verb) = match update.new {
        Some(new) => (format!("the push moves `{refname}` from {} to {}", old.short(), new.short()), "move"),
        None => (format!("the push deletes `{refname}`, which is {}", old.short()), "delete"),
    };
    Some(Problem {
        message,
        help: Some(format!("do not {verb} a released tag: create a new one")),
        notes: Vec::new(),
        place: (),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Oid;

    #[test]
    fn tag_may_be_created_but_not_moved_or_deleted() {
        let oid = |digit: u8| Oid::from_hex(&[digit; 40]);
        for (refname, old, new, found) in [
            ("refs/tags/v1", None, oid(b'1'), false),
            ("refs/tags/v1", oid(b'1'), oid(b'1'), false),
            ("refs/tags/v1", oid(b'1'), oid(b'2'), true),
            ("refs/tags/v1", oid(b'1'), None, true),
            ("refs/tags/v1", None, None, false),
            ("refs/tags/nightly", oid(b'1'), oid(b'2'), false),
            ("refs/heads/v1", oid(b'1'), oid(b'2'), false),
            ("refs/heads/refs/tags/v1", oid(b'1'), oid(b'2'), false),
        ] {
            let update = RefUpdate { refname: refname.into(), old, new };
            assert_eq!(
                check(&update, &[RefPattern::new("refs/tags/v*")]).is_some(),
                found,
                "{refname} {old:?} {new:?}"
            );
        }
    }
}
