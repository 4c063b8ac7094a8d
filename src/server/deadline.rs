//! Deadline of a push: a judgement that takes too long is a refusal that reports the progress.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use super::scan_command::scan_command;
use crate::error::{Error, ErrorKind, Result};
use crate::git;
use crate::hook::RefUpdate;
use crate::judge::CommitTally;
use crate::policy::Deadline;
use crate::report::Report;

/// Time for a judgement to clean up its files on disk, after its git commands have been ended.
const GRACE: Duration = Duration::from_millis(100);

/// Ref updates of a push, with the values that the server has, and the result of judging them.
pub(crate) struct JudgedPush {
    pub(crate) updates: Vec<RefUpdate>,
    pub(crate) result: Result<Report>,
}

/// Stack size of the thread that judges, in bytes. Trees may be nested as deep as git allows.
const STACK: usize = 16 << 20;

/// Judges ref updates, and waits for the result no longer than until the deadline.
///
/// Without a deadline, the calling thread judges.
pub(crate) fn judge_until(
    deadline: Option<Deadline>,
    updates: Vec<RefUpdate>,
    judge: impl FnOnce(Vec<RefUpdate>, &CommitTally) -> JudgedPush + Send + 'static,
) -> JudgedPush {
    let tally = Arc::<CommitTally>::default();
    let Some(deadline) = deadline else { return judge(updates, &tally) };
    let (sender, receiver) = mpsc::channel();
    let (pushed, counted) = (updates.clone(), Arc::clone(&tally));
    // A thread that is late is not joined: it ends with the process, which has nothing else to do.
    let work = move || drop(sender.send(judge(updates, &counted)));
    let error = match thread::Builder::new().stack_size(STACK).spawn(work) {
        Err(error) => Error::io("cannot start a thread", error),
        Ok(_) => match receiver.recv_timeout(deadline.limit()) {
            Ok(judged) => return judged,
            // A sender that is dropped without a message means that the thread has panicked.
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                Error::git("the check was aborted by an internal error")
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                // Count the checked commits before the cleanup: those checked during it are too late.
                let error = expired(deadline, &tally, &pushed);
                git::end_all();
                let _ = receiver.recv_timeout(GRACE);
                error
            }
        },
    };
    JudgedPush { updates: pushed, result: Err(error) }
}

/// Returns the error for a missed deadline, with the command that checks the whole push.
fn expired(deadline: Deadline, tally: &CommitTally, updates: &[RefUpdate]) -> Error {
    let mut message = format!("the deadline of {deadline} has passed");
    if let Some(command) = scan_command(updates) {
        let progress = match tally.found() {
            0 => "the new commits were not counted yet".to_owned(),
            found => format!("{} of {found} commits were checked", tally.checked()),
        };
        message += &format!(": {progress}; to check the new commits, run `{command}`");
    }
    Error::new(ErrorKind::Deadline, message).hinted(
        "a push can also be split; the administrator sets the time with `server.deadline` in git-gate.yml",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Oid;
    use crate::policy::PushDeadline;

    fn update(old: Option<u8>, new: Option<u8>) -> RefUpdate {
        let oid = |digit: Option<u8>| digit.and_then(|digit| Oid::from_hex(&[digit; 40]));
        RefUpdate { refname: "refs/heads/x".into(), old: oid(old), new: oid(new) }
    }

    #[test]
    fn without_a_deadline_the_judgement_is_returned() {
        let updates = vec![update(None, Some(b'b'))];
        let judged = judge_until(None, updates.clone(), |updates, _| JudgedPush {
            updates,
            result: Ok(Report::default()),
        });
        assert!(judged.updates == updates && judged.result.is_ok());
    }

    #[test]
    fn a_missed_deadline_names_a_command_only_for_commits() {
        let deadline = serde_yaml::from_str::<PushDeadline>("900ms").unwrap().get().unwrap();
        let error = |update| expired(deadline, &CommitTally::default(), &[update]).to_string();
        let counted = "the deadline of 900ms has passed: the new commits were not counted yet; to check";
        assert!(error(update(None, Some(b'b'))).contains(counted));
        assert!(error(update(Some(b'a'), None)).ends_with("the deadline of 900ms has passed"));
    }
}
