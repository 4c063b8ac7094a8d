//! Command by which a pusher sees the whole report of a push.

use crate::git::Oid;
use crate::hook::RefUpdate;

/// Maximum number of ref updates that the command names.
const MAX_NAMED: usize = 4;

/// Returns the command that judges the commits of a push in the clone of the pusher.
///
/// For a new ref, these are the commits that no remote has, as far as the clone knows. `None` if the push only
/// deletes refs, and so brings no commits.
pub(crate) fn scan_command(updates: &[RefUpdate]) -> Option<String> {
    let scan = "git gate scan --no-git-config";
    let new: Vec<(Oid, Option<Oid>)> =
        updates.iter().filter_map(|update| Some((update.new?, update.old))).collect();
    if new.is_empty() {
        return None;
    }
    if new.len() > MAX_NAMED {
        return Some(format!("{scan} -- --branches --tags --not --remotes"));
    }
    if new.iter().all(|(_, old)| old.is_some()) {
        let ranges = new.iter().flat_map(|(new, old)| old.map(|old| format!(" ^{old} {new}")));
        return Some(format!("{scan}{}", ranges.collect::<String>()));
    }
    let tips: String = new.iter().map(|(new, _)| format!(" {new}")).collect();
    Some(format!("{scan} --{tips} --not --remotes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_covers_the_pushed_commits_and_not_all_of_history() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let oid = |digit: Option<u8>| digit.and_then(|digit| Oid::from_hex(&[digit; 40]));
        let update = |old: Option<u8>, new: Option<u8>| RefUpdate {
            refname: "refs/heads/x".into(),
            old: oid(old),
            new: oid(new),
        };
        let (moved, made, gone) =
            (update(Some(b'a'), Some(b'b')), update(None, Some(b'b')), update(Some(b'a'), None));
        let scan = "git gate scan --no-git-config";
        for (updates, command) in [
            (vec![moved.clone(), gone.clone()], Some(format!("{scan} ^{a} {b}"))),
            (vec![made.clone(), gone.clone()], Some(format!("{scan} -- {b} --not --remotes"))),
            (vec![made.clone(), moved], Some(format!("{scan} -- {b} {b} --not --remotes"))),
            (vec![made; 5], Some(format!("{scan} -- --branches --tags --not --remotes"))),
            (vec![gone; 5], None),
        ] {
            assert_eq!(scan_command(&updates), command);
        }
    }
}
