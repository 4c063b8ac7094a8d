//! Splits the text of a script into commands.

use std::iter::Peekable;
use std::str::Chars;

use super::program::only_checks;
use super::{MAX_DEPTH, SHELLS, ShellCommand};

pub(super) struct Splitter<'s> {
    rest: Peekable<Chars<'s>>,
    pub(super) found: Vec<ShellCommand>,
    /// End words of the here-documents that this line starts; true if tabs may stand before them.
    heredocs: Vec<(String, bool)>,
}

/// Command under construction.
#[derive(Default)]
pub(super) struct PartialCommand {
    pub(super) words: Vec<String>,
    word: Option<String>,
    pub(super) joint: String,
    pub(super) is_redirected: bool,
}

impl PartialCommand {
    fn push(&mut self, text: impl AsRef<str>) {
        self.word.get_or_insert_default().push_str(text.as_ref());
    }

    fn push_char(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }
}

impl<'s> Splitter<'s> {
    pub(super) fn new(script: &'s str) -> Self {
        Splitter { rest: script.chars().peekable(), found: Vec::new(), heredocs: Vec::new() }
    }

    /// Reads commands up to the closing character, or to the end of the script.
    pub(super) fn list(&mut self, close: Option<char>, depth: usize) {
        let mut command = PartialCommand::default();
        let mut open = 0_usize;
        // Number of open parentheses around the arithmetic of `((`, in which `<<` shifts.
        let mut arithmetic = self.rest.peek().filter(|c| **c == '(' && close == Some(')')).map(|_| 0);
        while let Some(c) = self.rest.next() {
            match c {
                _ if Some(c) == close && open == 0 => break,
                '\'' => self.single_quoted(&mut command),
                '"' => self.double_quoted(&mut command, depth),
                '\n' => {
                    self.end(&mut command, depth);
                    self.skip_heredocs(depth);
                    command.joint.push(c);
                }
                '&' if self.rest.peek() == Some(&'>') => command.end_word(),
                ';' | '&' | '|' | '(' | ')' => {
                    if c == '(' && self.rest.peek() == Some(&'(') {
                        arithmetic.get_or_insert(open);
                    }
                    open = match c {
                        '(' => open + 1,
                        ')' => open.saturating_sub(1),
                        _ => open,
                    };
                    arithmetic = arithmetic.filter(|around| c != ')' || open > *around);
                    self.end(&mut command, depth);
                    command.joint.push(c);
                }
                '#' if command.word.is_none() => self.skip_comment(),
                '<' if arithmetic.is_some() => command.end_word(),
                '<' => self.input(&mut command),
                '>' => self.output(&mut command),
                _ if c.is_whitespace() => command.end_word(),
                _ => self.unquoted(c, &mut command, depth),
            }
        }
        self.end(&mut command, depth);
    }

    fn unquoted(&mut self, c: char, command: &mut PartialCommand, depth: usize) {
        match c {
            '\\' => self.escaped(command),
            '$' => self.dollar(command, depth),
            // Line continuation of PowerShell.
            '`' if self.rest.peek() == Some(&'\n') => drop(self.rest.next()),
            '`' if depth < MAX_DEPTH => {
                self.list(Some('`'), depth + 1);
                command.push("$()");
            }
            c => command.push_char(c),
        }
    }

    /// Ends a command. If it runs a shell with `-c`, the commands of that script are added before it.
    fn end(&mut self, command: &mut PartialCommand, depth: usize) {
        command.end_word();
        if command.words.is_empty() {
            return;
        }
        let command = ShellCommand::new(command, depth);
        let script = SHELLS.iter().find_map(|shell| {
            let words = command.words_after(shell)?;
            let is_short = |word: &str| word.starts_with('-') && !word.starts_with("--");
            let at = words.iter().position(|word| is_short(word) && word.ends_with('c'))?;
            Some((words.get(at + 1)?, only_checks(words.get(..=at)?)))
        });
        if let Some((script, is_text)) = script.filter(|_| depth < MAX_DEPTH) {
            let mut inner = Splitter::new(script);
            inner.list(None, depth + 1);
            let commands = inner.found.into_iter();
            let is_text = |own: bool| own || is_text;
            self.found.extend(
                commands.map(|command| ShellCommand { is_text: is_text(command.is_text), ..command }),
            );
        }
        self.found.push(command);
    }

    fn single_quoted(&mut self, command: &mut PartialCommand) {
        command.push("");
        for c in self.rest.by_ref().take_while(|c| *c != '\'') {
            command.push_char(c);
        }
    }

    fn double_quoted(&mut self, command: &mut PartialCommand, depth: usize) {
        command.push("");
        while let Some(c) = self.rest.next() {
            match c {
                '"' => return,
                '\\' | '$' | '`' => self.unquoted(c, command, depth),
                c => command.push_char(c),
            }
        }
    }

    fn escaped(&mut self, command: &mut PartialCommand) {
        match self.rest.next() {
            Some('\r') if self.rest.peek() == Some(&'\n') => drop(self.rest.next()),
            Some('\n') | None => {}
            Some(c) => command.push_char(c),
        }
    }

    /// Reads the text after a `$`: an expression of the forge, a substitution, or the name of a variable.
    fn dollar(&mut self, command: &mut PartialCommand, depth: usize) {
        match self.rest.peek() {
            Some('(') if depth < MAX_DEPTH => {
                self.rest.next();
                self.list(Some(')'), depth + 1);
                command.push("$()");
            }
            Some('{') => {
                let mut text = String::from("$");
                // The forge replaces an expression before the shell runs, with any quotes and blanks in it.
                for c in self.rest.by_ref() {
                    text.push(c);
                    let end = if text.starts_with("${{") { "}}" } else { "}" };
                    if text.ends_with(end) && text.len() > 3 {
                        break;
                    }
                }
                command.push(text);
            }
            _ => command.push_char('$'),
        }
    }

    fn skip_comment(&mut self) {
        while self.rest.peek().is_some_and(|c| *c != '\n') {
            self.rest.next();
        }
    }

    /// Reads the text after a `>`. The name of a file is kept as a word, a number of a channel is not.
    fn output(&mut self, command: &mut PartialCommand) {
        command.end_word();
        command.is_redirected = true;
        while self.rest.next_if(|c| matches!(c, '>' | '|')).is_some() {}
        if self.rest.next_if_eq(&'&').is_some() {
            while self.rest.next_if(|c| c.is_ascii_digit() || *c == '-').is_some() {}
        }
    }

    /// Reads the text after a `<`. Only the end word of a here-document is kept.
    fn input(&mut self, command: &mut PartialCommand) {
        command.end_word();
        command.is_redirected = true;
        if self.rest.next_if_eq(&'&').is_some() {
            while self.rest.next_if(|c| c.is_ascii_digit() || *c == '-').is_some() {}
            return;
        }
        if self.rest.next_if_eq(&'<').is_none() || self.rest.next_if_eq(&'<').is_some() {
            return;
        }
        let is_blank = |c: &char| matches!(c, '-' | ' ' | '\t' | '\\');
        let mut has_tabs = false;
        while let Some(c) = self.rest.next_if(is_blank) {
            has_tabs |= c == '-';
        }
        let quote = self.rest.next_if(|c| matches!(c, '\'' | '"'));
        let mut word = String::new();
        let is_part = |c: &char| match quote {
            Some(quote) => *c != quote && *c != '\n',
            None => !c.is_whitespace() && !matches!(c, ';' | '&' | '|' | '<' | '>' | '(' | ')'),
        };
        while let Some(c) = self.rest.next_if(is_part) {
            word.push(c);
        }
        self.rest.next_if(|c| matches!(c, '\'' | '"'));
        self.heredocs.push((word, has_tabs));
    }

    /// Skips the here-documents of a line. What follows a line that a shell would not take for the end counts as
    /// commands, but not as reached.
    fn skip_heredocs(&mut self, depth: usize) {
        for (word, has_tabs) in std::mem::take(&mut self.heredocs) {
            while self.rest.peek().is_some() {
                let line: String = self.rest.by_ref().take_while(|c| *c != '\n').collect();
                if line.trim() == word {
                    let own = if has_tabs { line.trim_start_matches('\t') } else { line.as_str() };
                    if own.trim_end_matches('\r') != word {
                        self.text_after_blanks(&word, has_tabs, depth);
                    }
                    break;
                }
            }
        }
    }
}

impl Splitter<'_> {
    /// Adds the commands that are text of a here-document for a shell: blanks stand before the end word above them.
    fn text_after_blanks(&mut self, word: &str, has_tabs: bool, depth: usize) {
        let mut text = String::new();
        while self.rest.peek().is_some() {
            let line: String = self.rest.by_ref().take_while(|c| *c != '\n').collect();
            let own = if has_tabs { line.trim_start_matches('\t') } else { line.as_str() };
            if own.trim_end_matches('\r') == word {
                break;
            }
            text.push_str(&line);
            text.push('\n');
        }
        if depth < MAX_DEPTH {
            let mut inner = Splitter::new(&text);
            inner.list(None, depth + 1);
            let commands = inner.found.into_iter();
            self.found.extend(commands.map(|command| ShellCommand { is_text: true, ..command }));
        }
    }
}
