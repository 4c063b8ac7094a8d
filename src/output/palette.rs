//! Colours by role.

use owo_colors::{Style, Styled};

/// Style of each role; all styles are empty if colour is off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Palette {
    /// Style of `error` and `denied`.
    pub(crate) error: Style,
    /// Style of `warning`.
    pub(crate) warning: Style,
    /// Style of `clean`.
    pub(crate) good: Style,
    /// Style of `help` and `hint`.
    pub(crate) help: Style,
    /// Style of arrows, bars and line numbers.
    pub(crate) frame: Style,
    /// Style of the message of a finding.
    pub(crate) strong: Style,
}

impl Palette {
    /// Returns the colours that cargo and git use for the same roles.
    pub(crate) fn colored() -> Self {
        Self {
            error: Style::new().bright_red().bold(),
            warning: Style::new().yellow().bold(),
            good: Style::new().bright_green().bold(),
            help: Style::new().bright_cyan().bold(),
            frame: Style::new().bright_blue().bold(),
            strong: Style::new().bold(),
        }
    }

    /// Returns true if the styles change nothing.
    pub(crate) fn is_plain(&self) -> bool {
        self.strong.is_plain()
    }

    /// Returns the styles without colour.
    pub(crate) fn plain() -> Self {
        let plain = Style::new();
        Self { error: plain, warning: plain, good: plain, help: plain, frame: plain, strong: plain }
    }
}

/// Applies a style to a text.
pub(crate) fn paint(style: Style, text: &str) -> Styled<&str> {
    style.style(text)
}
