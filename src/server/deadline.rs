//! Deadline of a push: a judgement that takes too long is a refusal that reports the progress.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::hook::RefUpdate;
use crate::policy::Deadline;
use crate::report::Report;
use crate::{git, output};

/// Time for a judgement to clean up its files on disk, after its git commands have been ended.
const GRACE: Duration = Duration::from_millis(100);

/// Maximum number of ref updates in the command for judging later.
const NAMED: usize = 4;

/// Ref updates that were judged, and the result.
type Judged = (Vec<RefUpdate>, Result<Report>);

/// Stack size of the thread that judges, in bytes. Trees may be nested as deep as git allows.
const STACK: usize = 16 << 20;

/// Judges ref updates, and waits for the result no longer than until the deadline.
///
/// Without a deadline, the calling thread judges.
pub(crate) fn judge_until(
    deadline: Option<(Deadline, Instant)>,
    updates: Vec<RefUpdate>,
    judge: impl FnOnce(Vec<RefUpdate>) -> Judged + Send + 'static,
) -> Judged {
    let Some((deadline, started)) = deadline else { return judge(updates) };
    let (sender, receiver) = mpsc::channel();
    let pushed = updates.clone();
    // A thread that is late is not joined: it ends with the process, which has nothing else to do.
    let work = move || drop(sender.send(judge(updates)));
    if let Err(error) = thread::Builder::new().stack_size(STACK).spawn(work) {
        return (pushed, Err(Error::io("cannot start a thread", error)));
    }
    match receiver.recv_timeout(deadline.limit().saturating_sub(started.elapsed())) {
        Ok(judged) => judged,
        // A sender that is dropped without a message means that the thread has panicked.
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            (pushed, Err(Error::git("the check was aborted by an internal error")))
        }
        Err(mpsc::RecvTimeoutError::Timeout) => {
            // Count the judged commits before the cleanup: those judged during it are too late.
            let error = expired(deadline, &pushed);
            git::end_all();
            let _ = receiver.recv_timeout(GRACE);
            (pushed, Err(error))
        }
    }
}

fn expired(deadline: Deadline, updates: &[RefUpdate]) -> Error {
    let progress = match output::commits_judged() {
        (_, 0) => "the new commits were not counted yet".to_owned(),
        (judged, all) => format!("{judged} of {all} commits were checked"),
    };
    let command = scan_command(updates);
    Error::new(
        ErrorKind::Deadline,
        format!("the deadline of {deadline} has passed: {progress}; to check all of them, run `{command}`"),
    )
}

/// Returns the command that judges the same commits, for a repository that has them.
fn scan_command(updates: &[RefUpdate]) -> String {
    let mut command = "git gate scan --no-git-config".to_owned();
    let new = updates.iter().filter_map(|update| Some((update.new?, update.old))).take(NAMED);
    for (new, old) in new {
        command += &old.map_or_else(|| format!(" {new}"), |old| format!(" ^{old} {new}"));
    }
    if updates.len() > NAMED { "git gate scan --all --no-git-config".to_owned() } else { command }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Oid;

    fn update(old: Option<u8>, new: Option<u8>) -> RefUpdate {
        let oid = |digit: Option<u8>| digit.and_then(|digit| Oid::from_hex(&[digit; 40]));
        RefUpdate { refname: "refs/heads/x".into(), old: oid(old), new: oid(new) }
    }

    #[test]
    fn the_scan_command_covers_the_pushed_commits() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let scan = "git gate scan --no-git-config";
        for (updates, command) in [
            (vec![update(Some(b'a'), Some(b'b'))], format!("{scan} ^{a} {b}")),
            (vec![update(None, Some(b'b')), update(Some(b'a'), None)], format!("{scan} {b}")),
            (vec![update(None, Some(b'b')); 5], "git gate scan --all --no-git-config".to_owned()),
        ] {
            assert_eq!(scan_command(&updates), command);
        }
    }

    #[test]
    fn without_a_deadline_the_judgement_is_returned() {
        let updates = vec![update(None, Some(b'b'))];
        let (same, report) = judge_until(None, updates.clone(), |updates| (updates, Ok(Report::default())));
        assert!(same == updates && report.is_ok());
    }
}
