//! Compound commands that are open, and the state of the list of commands in them.

/// Kind of a compound command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    If,
    /// `while`, or `until`.
    Loop {
        until: bool,
    },
    /// True if it has no words.
    For {
        is_empty: bool,
    },
    Case,
    Brace,
    Paren,
}

impl Kind {
    /// Returns the kind that a keyword ends.
    pub(super) fn ended_by(keyword: &str) -> Self {
        match keyword {
            "fi" => Self::If,
            "done" => Self::Loop { until: false },
            "esac" => Self::Case,
            _ => Self::Brace,
        }
    }

    /// Returns whether the same keyword ends another kind.
    pub(super) fn is_like(self, other: Self) -> bool {
        let key = |kind| match kind {
            Self::For { .. } | Self::Loop { .. } => Self::Loop { until: false },
            kind => kind,
        };
        key(self) == key(other)
    }
}

/// State of a list of commands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct State {
    /// True if a constant condition keeps the list from running.
    pub(super) is_skipped: bool,
    /// Set if the script has ended; true if it failed.
    pub(super) ended: Option<bool>,
    /// Result of the last command, if it is known.
    status: Option<bool>,
    /// True if the next command does not run, by the result of the one before.
    pub(super) is_passed: bool,
    /// True if that depends on a result that is not known.
    pub(super) is_uncertain: bool,
    /// Result with which the command before lets the next one pass.
    passes_on: bool,
}

impl State {
    /// Returns whether a command is reached here.
    pub(super) fn is_reached(self) -> bool {
        !self.is_skipped && !self.is_passed && self.ended.is_none()
    }

    /// Begins the next command of a list, which does not run if the one before had a result.
    pub(super) fn join(&mut self, passes_on: bool) {
        self.is_passed = self.status == Some(passes_on);
        self.is_uncertain = self.status.is_none();
        self.passes_on = passes_on;
    }

    pub(super) fn end_list(&mut self) {
        (self.is_passed, self.is_uncertain) = (false, false);
    }

    /// Sets the result of a list after its next command.
    pub(super) fn set_status(&mut self, own: Option<bool>) {
        self.status = own.filter(|own| !self.is_uncertain || *own == self.passes_on);
    }
}

/// Compound command that is open.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    /// State of the list around it.
    pub(super) outer: State,
    /// True while its condition is read.
    pub(super) in_condition: bool,
    /// Function whose body it is.
    pub(super) function: Option<usize>,
    /// True if a `break` may end the loop.
    pub(super) is_left: bool,
    /// True if a branch before this one is always taken.
    is_decided: bool,
    /// True if one branch is always taken.
    is_complete: bool,
    /// End of all branches so far; `None` before the first.
    ends: Option<Option<bool>>,
}

impl Frame {
    /// Opens a compound command in a list.
    pub(super) fn open(kind: Kind, state: &mut State, function: Option<usize>) -> Self {
        let frame = Self {
            kind,
            outer: *state,
            in_condition: matches!(kind, Kind::If | Kind::Loop { .. }),
            function,
            is_left: false,
            is_decided: false,
            is_complete: false,
            ends: None,
        };
        *state = frame.inner();
        frame
    }

    /// Returns the state in which its lists begin.
    pub(super) fn inner(&self) -> State {
        State {
            is_skipped: self.outer.is_skipped || self.outer.is_passed,
            ended: self.outer.ended,
            ..State::default()
        }
    }

    /// Goes on at a keyword: `then`, `elif`, `else` or `do`.
    pub(super) fn advance(&mut self, keyword: &str, state: &mut State) {
        match (self.kind, keyword) {
            (Kind::If, "then") => {
                let holds = state.status;
                *state = State { is_skipped: state.is_skipped || holds == Some(false), ..self.inner() };
                self.is_decided |= holds == Some(true);
            }
            (Kind::If, "elif" | "else") => {
                self.end_branch(*state);
                *state = self.inner();
                state.is_skipped |= self.is_decided;
                self.is_complete |= keyword == "else";
            }
            (Kind::Loop { until }, "do") => {
                let holds = state.status.map(|status| status != until);
                *state = State { is_skipped: state.is_skipped || holds == Some(false), ..self.inner() };
                self.is_complete |= holds == Some(true);
            }
            (Kind::For { is_empty }, "do") => state.is_skipped |= is_empty,
            _ => return,
        }
        self.in_condition = keyword == "elif";
    }

    fn end_branch(&mut self, state: State) {
        if state.is_skipped {
            return;
        }
        self.ends = Some(match self.ends {
            None => state.ended,
            Some(ends) => ends.zip(state.ended).map(|(one, other)| one && other),
        });
    }

    /// Returns the state after its end. `is_apart` is true if it runs in a process of its own.
    pub(super) fn closed(mut self, inner: State, is_apart: bool) -> State {
        let mut state = self.outer;
        let ended = match self.kind {
            Kind::If => {
                self.end_branch(inner);
                self.ends.flatten().filter(|_| self.is_complete || self.is_decided)
            }
            Kind::Loop { .. } => inner.ended.filter(|_| self.is_complete && !self.is_left),
            Kind::Brace => inner.ended,
            Kind::For { .. } | Kind::Case | Kind::Paren => None,
        };
        if !state.is_uncertain && !state.is_passed && !state.is_skipped && !is_apart {
            state.ended = state.ended.or(ended);
        }
        if !state.is_passed {
            let own = inner.status.filter(|_| matches!(self.kind, Kind::Brace | Kind::Paren));
            state.set_status(own);
        }
        state
    }
}
