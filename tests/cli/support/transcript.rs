//! Output of a program, as text that a test can compare as a whole.

use std::fmt;
use std::path::Path;
use std::process::Output;

use bstr::ByteSlice as _;

/// Output and exit status of a program. Displayed as standard output, standard error and exit status, with
/// `[ROOT]` for the folder of the sandbox.
pub(crate) struct Transcript {
    output: Output,
    root: String,
}

impl Transcript {
    pub(super) fn new(output: Output, root: &Path) -> Self {
        Self { output, root: root.to_str().unwrap().to_owned() }
    }

    /// Returns the exit status, or `None` if a signal ended the program.
    pub(crate) fn status(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// Returns the raw standard output.
    pub(crate) fn stdout(&self) -> &[u8] {
        &self.output.stdout
    }

    /// Returns the raw standard error.
    pub(crate) fn stderr(&self) -> &[u8] {
        &self.output.stderr
    }

    /// Returns the first line of standard output, as text.
    pub(crate) fn line(&self) -> String {
        self.stdout().lines().next().unwrap_or_default().to_str_lossy().into_owned()
    }

    /// Fails unless a text occurs in either stream.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.contains(text), "`{text}` is not in:\n{self}");
        self
    }

    /// Fails if a text occurs in either stream.
    #[track_caller]
    pub(crate) fn never_says(&self, text: &str) -> &Self {
        assert!(!self.contains(text), "`{text}` is in:\n{self}");
        self
    }

    /// Returns whether a text occurs in either stream, regardless of line wrapping.
    pub(crate) fn contains(&self, text: &str) -> bool {
        [self.stdout(), self.stderr()].iter().any(|stream| {
            let mut said = stream.to_str_lossy().replace(&self.root, "[ROOT]");
            // Such a text was printed by the server, not by a hook of the clone.
            if text.starts_with("remote: ") {
                let lines = said.lines().filter(|line| line.starts_with("remote:"));
                said = lines.map(|line| format!("{line}\n")).collect();
            }
            let folded = unwrapped(text);
            said.contains(text) || !folded.is_empty() && unwrapped(&said).contains(&folded)
        })
    }
}

/// Returns a text in one line: one space between its words, without the `remote:` prefixes of a push.
fn unwrapped(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| *word != "remote:");
    words.collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |bytes: &[u8]| bytes.to_str_lossy().replace(&self.root, "[ROOT]");
        f.write_str(&shown(self.stdout()))?;
        write!(f, "--- stderr ---\n{}", shown(self.stderr()))?;
        match self.status() {
            Some(status) => write!(f, "[exit status: {status}]"),
            None => f.write_str("[ended by a signal]"),
        }
    }
}
