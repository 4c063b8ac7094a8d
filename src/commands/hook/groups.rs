//! The ref updates of a push, by the levels that hold for them.

use std::collections::BTreeMap;

use bstr::BStr;

use crate::hook::RefUpdate;
use crate::policy::Policy;

/// Ref updates that are judged by the same levels.
pub(super) struct Group {
    /// The policy with these levels.
    pub(super) policy: Policy,
    /// The ref updates.
    pub(super) updates: Vec<RefUpdate>,
}

/// Which sections of a policy speak of a ref.
pub(super) fn sections(policy: &Policy, refname: &BStr) -> Vec<bool> {
    policy.refs.levels.iter().map(|section| section.matches(refname)).collect()
}

/// Sorts ref updates into groups: into one, where the policy has the same levels for all refs.
pub(super) fn groups(policy: &Policy, updates: &[RefUpdate]) -> Vec<Group> {
    let mut groups: BTreeMap<Vec<bool>, Group> = BTreeMap::new();
    for update in updates {
        let refname = update.refname.as_ref();
        let group = groups
            .entry(sections(policy, refname))
            .or_insert_with(|| Group { policy: policy.on_ref(refname), updates: Vec::new() });
        group.updates.push(update.clone());
    }
    groups.into_values().collect()
}
