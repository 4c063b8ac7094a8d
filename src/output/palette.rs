//! Colours by role, in one place.

use owo_colors::{Style, Styled};

/// The style of each role; all empty when colour is off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Palette {
    /// `error`, `denied`.
    pub(crate) error: Style,
    /// `warning`.
    pub(crate) warning: Style,
    /// `clean`.
    pub(crate) good: Style,
    /// `help`, `hint`.
    pub(crate) help: Style,
    /// Arrows, bars and line numbers.
    pub(crate) frame: Style,
    /// The message of a finding.
    pub(crate) strong: Style,
}

impl Palette {
    /// The colours that cargo and git use for the same roles.
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

    /// No colours.
    pub(crate) fn plain() -> Self {
        let plain = Style::new();
        Self { error: plain, warning: plain, good: plain, help: plain, frame: plain, strong: plain }
    }
}

/// Styles text.
pub(crate) fn paint(style: Style, text: &str) -> Styled<&str> {
    style.style(text)
}
