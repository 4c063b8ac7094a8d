//! Text of an installed hook: written from a template, and recognised by comparison with it.

use std::path::PathBuf;

use bstr::{BStr, ByteSlice as _};

use crate::hook::HookEvent;
use crate::platform;
use crate::text::{as_path, quote, unquote};

/// Start of the second line of every hook of ours.
///
/// The format number follows; it is 1 as long as no shim changes.
const MARKER: &[u8] = b"# git-gate shim, format ";
const BINARY: &str = "\ngit_gate=";
const CHAINED: &str = "\nchained=";

/// End of the names under which we keep hooks.
pub(super) const KEPT: &str = "git-gate-chained";

/// Values of a hook of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shim {
    /// Event of the hook.
    pub(crate) event: HookEvent,
    /// Program that the hook calls. If it is missing, the hook calls the `git-gate` on PATH.
    pub(crate) binary: PathBuf,
    /// True if the hook also runs the earlier hook.
    pub(crate) chained: bool,
}

/// Classification of a file at the place of a hook.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HookText {
    /// A hook of ours, byte for byte.
    Ours(Shim),
    /// A hook marked as ours with another text: edited by hand, or from another version.
    Altered,
    /// A hook of the user or another tool.
    Foreign,
}

impl Shim {
    /// Returns whether a text is marked as a hook of ours, of any event and any version.
    pub(super) fn is_marked(text: &[u8]) -> bool {
        text.lines_with_terminator().nth(1).is_some_and(|line| line.starts_with(MARKER))
    }

    /// Returns the whole text of the hook.
    pub(crate) fn text(&self) -> Vec<u8> {
        let (head, middle, tail) = parts(self.event);
        let binary = quote(&platform::path_bytes(&self.binary));
        let chained = if self.chained { quote(backup_name(self.event).as_bytes()) } else { Vec::new() };
        [head.as_bytes(), &binary, middle.as_bytes(), &chained, tail.as_bytes()].concat()
    }
}

impl HookText {
    /// Classifies the text of a file at the place of a hook.
    pub(crate) fn classify(event: HookEvent, text: &[u8]) -> Self {
        if !Shim::is_marked(text) {
            return Self::Foreign;
        }
        match parse(event, text.as_bstr()) {
            // The template must produce exactly this text. Otherwise the hook was edited.
            Some(shim) if shim.text() == text => Self::Ours(shim),
            _ => Self::Altered,
        }
    }
}

/// Returns the file name under which the earlier hook is kept.
pub(crate) fn backup_name(event: HookEvent) -> String {
    format!("{event}.{KEPT}")
}

fn template(event: HookEvent) -> &'static str {
    match event {
        HookEvent::CommitMsg => include_str!("../../hooks/commit-msg"),
        HookEvent::ApplypatchMsg => include_str!("../../hooks/applypatch-msg"),
        HookEvent::PrePush => include_str!("../../hooks/pre-push"),
        HookEvent::PreReceive => include_str!("../../hooks/pre-receive"),
    }
}

/// Splits the template at its two values: returns the text before, between and after them.
fn parts(event: HookEvent) -> (&'static str, &'static str, &'static str) {
    let template = template(event);
    #[expect(clippy::expect_used, reason = "the templates are part of the program, and a test reads each")]
    let binary = template.find(BINARY).expect("a template has a line for the program") + BINARY.len();
    let (head, rest) = template.split_at(binary);
    let (middle, tail) = rest.split_at(CHAINED.len());
    (head, middle, tail)
}

fn parse(event: HookEvent, text: &BStr) -> Option<Shim> {
    let (head, middle, tail) = parts(event);
    let values = text.strip_prefix(head.as_bytes())?.strip_suffix(tail.as_bytes())?;
    let kept = [middle.as_bytes(), &quote(backup_name(event).as_bytes())].concat();
    let chained = values.strip_suffix(kept.as_slice());
    let binary = chained.or_else(|| values.strip_suffix(middle.as_bytes()))?;
    let binary = as_path(&unquote(binary)?).to_owned();
    Some(Shim { event, binary, chained: chained.is_some() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shim(event: HookEvent, binary: &[u8], chained: bool) -> Shim {
        Shim { event, binary: as_path(binary).into(), chained }
    }

    #[test]
    fn templates_have_two_values() {
        for event in HookEvent::ALL {
            let (head, middle, tail) = parts(event);
            assert_eq!(format!("{head}{middle}{tail}"), template(event));
            assert!(head.ends_with(BINARY) && middle == CHAINED && tail.starts_with('\n'), "{event}");
            assert!(head.as_bytes().lines().nth(1).is_some_and(|line| line.starts_with(MARKER)));
            assert!(tail.contains(&format!(" hook {event} ")), "{event}");
            assert!(!template(event).contains('\r'), "a checkout has changed the line ends of {event}");
        }
    }

    #[test]
    fn written_hooks_are_recognised() {
        for event in HookEvent::ALL {
            for chained in [false, true] {
                let shim = shim(event, b"/opt/git gate's/bin/git-gate", chained);
                assert_eq!(HookText::classify(event, &shim.text()), HookText::Ours(shim));
            }
        }
    }

    #[test]
    fn any_edit_is_noticed() {
        let event = HookEvent::PrePush;
        let text = shim(event, b"/usr/bin/git-gate", true).text();
        for at in 0..text.len() {
            let mut edited = text.clone();
            edited[at] ^= 1;
            if let HookText::Ours(shim) = HookText::classify(event, &edited) {
                assert_eq!(shim.text(), edited, "only another path is no edit");
                assert!(shim.chained);
            }
        }
        for added in [&b"exit 0\n"[..], b"\n", b"#"] {
            assert_eq!(HookText::classify(event, &[&text, added].concat()), HookText::Altered);
        }
        let other_event = shim(HookEvent::CommitMsg, b"/usr/bin/git-gate", false).text();
        assert_eq!(HookText::classify(event, &other_event), HookText::Altered);
        let other_format = text.replace("format 1", "format 2");
        assert_eq!(HookText::classify(event, &other_format), HookText::Altered);
    }

    #[test]
    fn other_files_are_foreign() {
        for text in [&b""[..], b"#!/bin/sh\nexec git-gate hook pre-push -- \"$@\"\n", b"\x7fELF\n\n\0\xff"] {
            assert_eq!(HookText::classify(HookEvent::PrePush, text), HookText::Foreign);
        }
    }
}
