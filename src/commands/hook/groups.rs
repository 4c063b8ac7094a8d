//! Groups the ref updates of a push by the levels that apply to them.

use std::collections::BTreeMap;

use bstr::BStr;

use crate::hook::RefUpdate;
use crate::policy::Policy;

/// Ref updates to which the same levels apply.
pub(super) struct LevelGroup {
    /// Policy with these levels.
    pub(super) policy: Policy,
    /// Ref updates of the group.
    pub(super) updates: Vec<RefUpdate>,
}

/// Returns for each section of levels in a policy whether it matches a ref.
pub(super) fn matching_sections(policy: &Policy, refname: &BStr) -> Vec<bool> {
    policy.refs.levels.iter().map(|section| section.matches(refname)).collect()
}

/// Splits ref updates into groups; a single one if the policy has the same levels for all refs.
pub(super) fn groups(policy: &Policy, updates: &[RefUpdate]) -> Vec<LevelGroup> {
    let mut groups: BTreeMap<Vec<bool>, LevelGroup> = BTreeMap::new();
    for update in updates {
        let refname = update.refname.as_ref();
        let group = groups
            .entry(matching_sections(policy, refname))
            .or_insert_with(|| LevelGroup { policy: policy.on_ref(refname), updates: Vec::new() });
        group.updates.push(update.clone());
    }
    groups.into_values().collect()
}
