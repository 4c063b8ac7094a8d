//! Rule `moved-tag`: a push moves or deletes a tag that must not change.

use super::{Check, Rule};
use crate::git::RefPattern;
use crate::hook::RefUpdate;
use crate::report::{Group, Level, Place, Problem, RuleMeta};
use crate::text::escape;

pub(super) static RULE: Rule = Rule {
    meta: RuleMeta {
    id: "moved-tag",
    group: Group::Ref,
    default_level: Level::Allow,
    summary: "a push moves or deletes a tag that others may rely on",
    docs: "\
### What it checks
Ref updates that give a new value to a ref that exists, or delete it, where the ref matches a pattern of the policy:
`refs/tags/v*` unless it says otherwise. Creating one is allowed. What counts is the value that the server has, not the one
that the client says it has.

### Why it matters
Whoever uses `v1.2.3` of an action, an image or a source archive gets what the tag names today. A tag that moves puts other
code in the same place without a trace in the histories of its users; this is how popular actions were turned against
everybody who used them by tag.

### Example
Bad: `git push --force origin v1.2.3`

Good: `git push origin v1.2.4`

### How to fix
Make a new release with a new tag: `git tag -s v1.2.4`, `git push origin v1.2.4`.

### Settings
Off by default, on in the profile `hardened`.

    rules:
      moved-tag: deny
    refs:
      immutable: [refs/tags/v*]
",
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
        Some(new) => (format!("the push moves `{refname}` from {} to {}", old.short(), new.short()), "moved"),
        None => (format!("the push deletes `{refname}`, which is {}", old.short()), "deleted"),
    };
    Some(Problem {
        message,
        help: Some(format!("leave it as it is and make a new tag: what is released is not {verb}")),
        notes: Vec::new(),
        place: Place::Whole,
        identity: update.refname.clone(),
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
