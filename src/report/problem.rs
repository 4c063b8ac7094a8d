//! Problems that a rule finds in one subject.

use std::fmt;

use crate::text::Span;

/// Problem that a rule finds in one subject. The judge adds level and location to make a [`Finding`].
///
/// `P` is the place in the subject, of the kind that the subject can have.
///
/// [`Finding`]: super::Finding
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem<P = ()> {
    /// Message: a lower-case phrase without a full stop, escaped, code in backticks. Never contains a secret.
    pub message: String,
    /// Fix: the exact command, or the exact text to write.
    pub help: Option<String>,
    /// Further facts, one line each.
    pub notes: Vec<String>,
    /// Place in the subject.
    pub place: P,
}

/// Problem in a commit. Its place is a line of the message, counted from 1; `None` is the whole commit.
pub(crate) type CommitProblem = Problem<Option<u32>>;

/// Problem in a workflow or action file.
pub(crate) type WorkflowProblem = Problem<WorkflowPlace>;

/// Place in a workflow or action file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowPlace {
    /// Range of bytes that is shown; `None` for the whole file.
    pub span: Option<Span>,
    /// Key for comparing the file with its older versions. A problem without one equals no other.
    pub key: Option<ProblemKey>,
    /// Text that a `uses` pattern of the policy is compared with; no pattern matches `None`.
    pub uses: Option<String>,
    /// Message that all such problems of the file are reported with, as one; `None` for a problem of its own.
    pub shared: Option<SharedMessage>,
}

/// Message about several problems of one file, each of which adds one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedMessage {
    /// Item that this problem adds, escaped.
    pub item: String,
    /// Message if there are several, with `{}` for the items. It also tells which problems belong together.
    pub several: &'static str,
}

/// Maximum number of items that a shared message names; the rest is counted.
const MAX_NAMED: usize = 5;

impl SharedMessage {
    /// Returns the message about several items.
    fn of(several: &str, items: &[String]) -> String {
        let (named, more) = items.split_at(items.len().min(MAX_NAMED));
        let list = match (named, more) {
            ([most @ .., last], []) if !most.is_empty() => format!("{} and {last}", most.join(", ")),
            (named, []) => named.join(", "),
            (named, more) => format!("{} and {} more", named.join(", "), more.len()),
        };
        several.replace("{}", &list)
    }
}

/// Joins the problems of a file that share a message: the first one gets it, with the notes of all.
///
/// `T` is what else is known of each problem. A message belongs to one rule.
pub(crate) fn joined<T>(problems: Vec<(T, WorkflowProblem)>) -> Vec<(T, WorkflowProblem)> {
    let mut out: Vec<(T, WorkflowProblem)> = Vec::new();
    let mut open: Vec<(&'static str, usize, Vec<String>)> = Vec::new();
    for (rule, mut problem) in problems {
        let Some(SharedMessage { item, several }) = problem.place.shared.take() else {
            out.push((rule, problem));
            continue;
        };
        let is_same = |items: &[String]| several != ONCE || items.contains(&item);
        match open.iter_mut().find(|(message, _, items)| *message == several && is_same(items)) {
            Some((_, at, items)) => {
                if !items.contains(&item) {
                    items.push(item);
                }
                if let Some((_, first)) = out.get_mut(*at) {
                    problem.notes.retain(|note| !first.notes.contains(note));
                    first.notes.append(&mut problem.notes);
                }
            }
            None => {
                open.push((several, out.len(), vec![item]));
                out.push((rule, problem));
            }
        }
    }
    for (several, at, items) in open.into_iter().filter(|(.., items)| items.len() > 1) {
        if let Some((_, first)) = out.get_mut(at) {
            first.message = SharedMessage::of(several, &items);
        }
    }
    out
}

/// Mark of a problem that is reported once, instead of a message for several items.
const ONCE: &str = "";

impl WorkflowPlace {
    /// Creates the place of something that a job does; `job` is empty for the whole workflow.
    ///
    /// The subject is also what a `uses` pattern of the policy is compared with.
    pub fn new(span: Span, job: &str, subject: &str) -> Self {
        let key = ProblemKey { job: job.to_owned(), subject: subject.to_owned() };
        Self { span: Some(span), key: Some(key), uses: Some(subject.to_owned()), shared: None }
    }

    /// Reports the problem together with others of the file that have the same message for several.
    pub fn shared_as(self, item: String, several: &'static str) -> Self {
        Self { shared: Some(SharedMessage { item, several }), ..self }
    }

    /// Reports the problem once for a file, however often it occurs with the same text.
    pub fn once(self, text: &str) -> Self {
        self.shared_as(text.to_owned(), ONCE)
    }

    /// Replaces the text that a `uses` pattern of the policy is compared with.
    pub fn compared_as(self, uses: Option<String>) -> Self {
        Self { uses, ..self }
    }
}

/// Job and subject of a problem. Does not depend on line numbers, so that moved text is not new text.
///
/// It is never shown, because it may contain a secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ProblemKey {
    /// Id of the job; empty for the workflow or for an action.
    pub job: String,
    /// Part of the job that the problem is about, such as the value of `uses`.
    pub subject: String,
}

impl fmt::Debug for ProblemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProblemKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(message: &str, note: &str, shared: Option<(&str, &'static str)>) -> WorkflowProblem {
        let place = WorkflowPlace::new(Span { start: 0, end: 0 }, "a", message);
        let place = match shared {
            Some((item, several)) => place.shared_as(item.to_owned(), several),
            None => place,
        };
        WorkflowProblem { message: message.to_owned(), help: None, notes: vec![note.to_owned()], place }
    }

    fn messages(problems: Vec<(u8, WorkflowProblem)>) -> Vec<(u8, String, Vec<String>)> {
        let joined = joined(problems).into_iter();
        joined.map(|(tag, problem)| (tag, problem.message, problem.notes)).collect()
    }

    #[test]
    fn problems_that_share_a_message_are_one() {
        let found = messages(vec![
            (1, problem("a alone", "n", Some(("a", "{} do")))),
            (1, problem("own", "n", None)),
            (1, problem("b alone", "n", Some(("b", "{} do")))),
            (1, problem("b alone", "n", Some(("b", "{} do")))),
            (1, problem("c alone", "m", Some(("c", "{} do not")))),
            (2, problem("e alone", "m", Some(("e", "{} do")))),
        ]);
        let texts = |notes: &[&str]| notes.iter().map(|note| (*note).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            found,
            [
                (1, "a, b and e do".to_owned(), texts(&["n", "m"])),
                (1, "own".to_owned(), texts(&["n"])),
                (1, "c alone".to_owned(), texts(&["m"])),
            ]
        );
    }

    #[test]
    fn repeated_problem_is_reported_once() {
        let repeated = |tag, message: &str| {
            let mut problem = problem(message, "n", None);
            problem.place = problem.place.once(message);
            (tag, problem)
        };
        let found = messages(vec![repeated(1, "a"), repeated(2, "b"), repeated(3, "a"), repeated(4, "b")]);
        let texts: Vec<(u8, &str)> = found.iter().map(|(tag, text, _)| (*tag, text.as_str())).collect();
        assert_eq!(texts, [(1, "a"), (2, "b")]);
    }

    #[test]
    fn many_items_are_counted() {
        let items: Vec<String> = (1..=8).map(|number| number.to_string()).collect();
        assert_eq!(SharedMessage::of("the {}", &items), "the 1, 2, 3, 4, 5 and 3 more");
        assert_eq!(SharedMessage::of("the {}", &items[..2]), "the 1 and 2");
        assert_eq!(SharedMessage::of("the {}", &items[..5]), "the 1, 2, 3, 4 and 5");
    }
}
