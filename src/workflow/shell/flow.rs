//! Commands of a script that are reached, as far as constants decide it: what stands behind an `exit`, under `if false`
//! or in a function that nobody calls is not.
//!
//! A condition that is not constant may hold: then its commands count as reached.

mod condition;
mod functions;
mod state;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use super::{ShellCommand, is_assignment};
use condition::constant;
use functions::Function;
use state::{Frame, Kind, State};

/// Maximum number of compound commands in each other; in a script with more, no command counts as reached.
const MAX_FRAMES: usize = 100;

/// Commands of a script that are reached.
#[derive(Debug, Default)]
pub(in crate::workflow) struct Flow {
    reached: Vec<bool>,
    /// True if the script always fails.
    pub(in crate::workflow) fails: bool,
}

impl Flow {
    /// Finds the commands of a script that are reached. `stops` is true if a command that fails ends the script.
    pub(in crate::workflow) fn of(commands: &[ShellCommand], stops: bool) -> Self {
        let mut walk = Walk {
            commands,
            stops,
            reached: vec![false; commands.len()],
            owners: vec![None; commands.len()],
            functions: Vec::new(),
            by_name: HashMap::new(),
            frames: Vec::new(),
            state: State::default(),
            defined: None,
            is_too_deep: false,
        };
        walk.range(0, commands.len(), 0);
        walk.drop_uncalled();
        walk.drop_renamed();
        let reached = if walk.is_too_deep { Vec::new() } else { walk.reached };
        Self { reached, fails: walk.state.ended == Some(true) }
    }

    /// Counts all commands of a script as reached: one in another language than that of `sh`.
    pub(in crate::workflow) fn all(commands: &[ShellCommand]) -> Self {
        Self { reached: commands.iter().map(|command| !command.is_text).collect(), fails: false }
    }

    /// Returns whether the command at an index is reached.
    pub(in crate::workflow) fn reaches(&self, at: usize) -> bool {
        self.reached.get(at).copied().unwrap_or_default()
    }
}

struct Walk<'c> {
    commands: &'c [ShellCommand],
    stops: bool,
    reached: Vec<bool>,
    /// Function in whose body each command stands.
    owners: Vec<Option<usize>>,
    functions: Vec<Function>,
    /// Number of the functions of each name.
    by_name: HashMap<&'c str, usize>,
    frames: Vec<Frame>,
    state: State,
    /// Name of a function whose body comes next.
    defined: Option<&'c str>,
    is_too_deep: bool,
}

impl<'c> Walk<'c> {
    /// Reads the commands of a list; those of a substitution stand before the command that has it.
    fn range(&mut self, start: usize, end: usize, depth: usize) {
        let mut from = start;
        for at in start..end {
            let Some(command) = self.commands.get(at).filter(|command| command.depth <= depth) else {
                continue;
            };
            self.command(at, command);
            let (is_reached, owner) = (self.reached.get(at) == Some(&true), self.owner());
            self.substitution(from..at, is_reached, owner, depth);
            from = at + 1;
        }
        self.substitution(from..end, true, self.owner(), depth);
    }

    fn substitution(
        &mut self,
        range: std::ops::Range<usize>,
        is_reached: bool,
        owner: Option<usize>,
        depth: usize,
    ) {
        if range.is_empty() {
            return;
        }
        let around = (std::mem::take(&mut self.frames), std::mem::take(&mut self.state), self.defined.take());
        self.range(range.start, range.end, depth + 1);
        (self.frames, self.state, self.defined) = around;
        let reached = self.reached.iter_mut().zip(&mut self.owners);
        for (reached, own) in reached.skip(range.start).take(range.len()) {
            *reached &= is_reached;
            *own = own.or(owner);
        }
    }

    /// Returns the function whose body is read.
    fn owner(&self) -> Option<usize> {
        self.frames.iter().rev().find_map(|frame| frame.function)
    }

    fn command(&mut self, at: usize, command: &'c ShellCommand) {
        if command.is_text {
            return;
        }
        self.joint(&command.joint);
        let next =
            self.commands.iter().skip(at + 1).find(|next| next.depth <= command.depth && !next.is_text);
        let follows = next.filter(|next| next.depth == command.depth).map_or("", |next| next.joint.as_str());
        let follows = follows.trim_start_matches('\n');
        let is_name =
            |words: &[String]| matches!(words, [_]) || matches!(words, [word, _] if word == "function");
        if follows.starts_with("()") && is_name(&command.words) {
            self.defined = command.words.last().map(String::as_str);
            return;
        }
        let words = self.keywords(&command.words, follows);
        if !words.is_empty() {
            self.simple(at, command, words, follows);
        }
    }

    /// Reads a command behind its keywords.
    fn simple(&mut self, at: usize, command: &ShellCommand, words: &[String], follows: &str) {
        let is_negated = words.first().is_some_and(|word| word == "!");
        let words = words.get(usize::from(is_negated)..).unwrap_or_default();
        let owner = self.owner();
        if let (Some(reached), Some(own)) = (self.reached.get_mut(at), self.owners.get_mut(at)) {
            (*reached, *own) = (self.state.is_reached(), owner);
        }
        if self.state.is_passed {
            return;
        }
        let text = evaluated(words);
        let words: Vec<&str> = match &text {
            Some(text) => text.split_whitespace().collect(),
            None => words.iter().map(String::as_str).collect(),
        };
        let words = run_words(&words);
        self.note_jump(words, owner);
        let is_piped = |joint: &str| joint.ends_with('|') && !joint.ends_with("||");
        let is_apart = is_subshell(follows) || is_piped(command.joint.trim_end_matches('\n'));
        let own = constant(words).map(|own| own != is_negated);
        let is_certain = !self.state.is_uncertain && !is_apart;
        self.state.set_status(own);
        let is_tested = is_negated
            || ["&&", "||"].iter().any(|operator| follows.starts_with(operator))
            || self.frames.iter().any(|frame| frame.in_condition);
        let fails = self.stops && !is_tested && own == Some(false);
        if is_certain && self.state.ended.is_none() && (fails || self.ends(command, words)) {
            let code = words.get(1).and_then(|code| code.parse::<u32>().ok());
            self.state.ended = Some(fails || words.first() == Some(&"exit") && code > Some(0));
        }
    }

    /// Notes that a function may return before its end, or that a loop may end.
    fn note_jump(&mut self, words: &[&str], owner: Option<usize>) {
        match words {
            _ if !self.state.is_reached() => {}
            ["return", ..] => {
                let function = owner.and_then(|owner| self.functions.get_mut(owner));
                function.into_iter().for_each(|own| own.returns = true);
            }
            ["break", ..] | ["continue", _, ..] => {
                self.frames.iter_mut().for_each(|frame| frame.is_left = true);
            }
            _ => {}
        }
    }

    /// Returns whether a command ends the script.
    fn ends(&self, command: &ShellCommand, words: &[&str]) -> bool {
        match words {
            ["exit" | "return", ..] | ["kill", .., "$$"] | ["set", "-n"] | ["set", "-o", "noexec"] => true,
            ["exec", _, ..] => !command.is_redirected,
            [name, ..] => {
                self.named(name).and_then(|own| self.functions.get(own)).is_some_and(|own| own.ends)
            }
            [] => false,
        }
    }

    /// Reads the operators before a command.
    fn joint(&mut self, joint: &str) {
        let mut rest = match self.defined {
            Some(_) => joint.trim_start_matches('\n').strip_prefix("()").unwrap_or(joint),
            None => joint,
        };
        let mut is_list = false;
        while let Some(c) = rest.chars().next() {
            let is_long = ["&&", "||", ";;", "|&"].iter().any(|two| rest.starts_with(two));
            let (operator, after) = rest.split_at(if is_long { 2 } else { c.len_utf8() });
            rest = after;
            match operator {
                "&&" => self.state.join(false),
                "||" => self.state.join(true),
                "|" | "|&" => {}
                "\n" if is_list => continue,
                "(" => self.open(Kind::Paren),
                ")" if self.frames.last().is_some_and(|frame| frame.kind == Kind::Paren) => {
                    self.close(Kind::Paren, after);
                }
                ")" | ";;" => self.branch(),
                _ => self.state.end_list(),
            }
            is_list = matches!(operator, "&&" | "||" | "|" | "|&");
        }
        if !is_list {
            self.state.end_list();
        }
    }

    /// Begins a branch of a `case`.
    fn branch(&mut self) {
        if let Some(frame) = self.frames.last().filter(|frame| frame.kind == Kind::Case) {
            self.state = frame.inner();
        }
    }

    fn define(&mut self, name: &'c str) -> usize {
        let number = *self.by_name.entry(name).or_insert(self.functions.len());
        match self.functions.get_mut(number) {
            Some(known) => (known.is_redefined, known.returns) = (true, false),
            None => self.functions.push(Function::default()),
        }
        number
    }

    /// Returns the number of the functions of a name.
    fn named(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// Opens a compound command; a brace or a parenthesis may be the body of a function.
    fn open(&mut self, kind: Kind) {
        let is_body = matches!(kind, Kind::Brace | Kind::Paren);
        let function = self.defined.take().filter(|_| is_body).map(|name| self.define(name));
        if self.frames.len() < MAX_FRAMES {
            self.frames.push(Frame::open(kind, &mut self.state, function));
        } else {
            self.is_too_deep = true;
        }
    }

    /// Reads the keywords at the beginning of a command, and returns the words after them.
    fn keywords(&mut self, mut words: &'c [String], follows: &str) -> &'c [String] {
        while let [word, rest @ ..] = words {
            let open = match word.as_str() {
                "if" => Kind::If,
                "while" => Kind::Loop { until: false },
                "until" => Kind::Loop { until: true },
                "for" | "select" => {
                    let is_empty = matches!(rest, [_, word] if word == "in");
                    self.open(Kind::For { is_empty });
                    return &[];
                }
                "case" => {
                    self.open(Kind::Case);
                    return &[];
                }
                "{" => Kind::Brace,
                "function" => {
                    self.defined = rest.first().map(String::as_str);
                    words = rest.get(1..).unwrap_or_default();
                    continue;
                }
                "then" | "elif" | "else" | "do" => {
                    if let Some(frame) = self.frames.last_mut() {
                        frame.advance(word, &mut self.state);
                    }
                    words = rest;
                    continue;
                }
                "fi" | "done" | "esac" | "}" => {
                    self.close(Kind::ended_by(word), follows);
                    words = rest;
                    continue;
                }
                "time" => {
                    words = rest;
                    continue;
                }
                _ => break,
            };
            self.open(open);
            words = rest;
        }
        words
    }

    /// Ends the innermost compound command of a kind, if one is open.
    fn close(&mut self, kind: Kind, follows: &str) {
        let Some(at) = self.frames.iter().rposition(|frame| frame.kind.is_like(kind)) else { return };
        self.frames.truncate(at + 1);
        let Some(frame) = self.frames.pop() else { return };
        if let Some(function) = frame.function.and_then(|function| self.functions.get_mut(function)) {
            if frame.outer.is_reached() {
                function.ends = self.state.ended.is_some() && !function.returns;
            }
            self.state = frame.outer;
            return;
        }
        self.state = frame.closed(self.state, is_subshell(follows));
    }
}

/// Returns whether a command runs in a process of its own, by the operator after it.
fn is_subshell(follows: &str) -> bool {
    let is_one = |c: char, two: &str| follows.starts_with(c) && !follows.starts_with(two);
    is_one('|', "||") || is_one('&', "&&")
}

/// Returns the first command of the text that `eval` runs; `None` for other commands.
fn evaluated(words: &[String]) -> Option<String> {
    let (first, words) = words.split_first()?;
    let text = words.join(" ");
    (first == "eval").then(|| text.split([';', '\n']).next().unwrap_or_default().to_owned())
}

/// Returns the words from the program on, behind assignments and the names that only run it.
fn run_words<'w, 's>(words: &'w [&'s str]) -> &'w [&'s str] {
    let is_before = |at: usize, word: &str| {
        let is_option = |next: &&str| next.starts_with('-');
        is_assignment(word)
            || matches!(word, "command" | "builtin") && !words.get(at + 1).is_none_or(is_option)
    };
    let at = words.iter().enumerate().position(|(at, word)| !is_before(at, word));
    at.and_then(|at| words.get(at..)).unwrap_or_default()
}
