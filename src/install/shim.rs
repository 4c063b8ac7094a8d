//! The text of an installed hook: written from a template, and recognised by it.

use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use bstr::{BStr, ByteSlice as _};

use crate::hook::HookEvent;

/// The second line of every hook of ours up to its format, which is 1 as long as none of the shims changes.
const MARKER: &[u8] = b"# git-gate shim, format ";
const BINARY: &str = "\ngit_gate=";
const CHAINED: &str = "\nchained=";

/// A hook of ours: which event it is for, and what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shim {
    /// The event.
    pub(crate) event: HookEvent,
    /// The program that it calls; when that is gone, the `git-gate` on PATH.
    pub(crate) binary: PathBuf,
    /// Whether it has the hook run that was there before.
    pub(crate) chained: bool,
}

/// What a file in the place of a hook is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A hook of ours, byte for byte.
    Ours(Shim),
    /// It says that it is ours, but its text is another: edited by hand, or of another version.
    Altered,
    /// Somebody else's.
    Foreign,
}

impl Shim {
    /// The whole text of the hook.
    pub(crate) fn text(&self) -> Vec<u8> {
        let (head, middle, tail) = parts(self.event);
        let binary = quote(self.binary.as_os_str().as_bytes());
        let chained = if self.chained { quote(kept_name(self.event).as_bytes()) } else { Vec::new() };
        [head.as_bytes(), &binary, middle.as_bytes(), &chained, tail.as_bytes()].concat()
    }
}

impl Reading {
    /// Reads a file in the place of a hook.
    pub(crate) fn of(event: HookEvent, text: &[u8]) -> Self {
        if !text.lines_with_terminator().nth(1).is_some_and(|line| line.starts_with(MARKER)) {
            return Self::Foreign;
        }
        match parse(event, text.as_bstr()) {
            // Whatever the parser takes for a shim must also be what the template makes of it.
            Some(shim) if shim.text() == text => Self::Ours(shim),
            _ => Self::Altered,
        }
    }
}

/// The name under which the hook that was there before is kept.
pub(crate) fn kept_name(event: HookEvent) -> String {
    format!("{event}.git-gate-chained")
}

fn template(event: HookEvent) -> &'static str {
    match event {
        HookEvent::CommitMsg => include_str!("../../hooks/commit-msg"),
        HookEvent::ApplypatchMsg => include_str!("../../hooks/applypatch-msg"),
        HookEvent::PrePush => include_str!("../../hooks/pre-push"),
        HookEvent::PreReceive => include_str!("../../hooks/pre-receive"),
    }
}

/// The template before, between and behind its two values.
fn parts(event: HookEvent) -> (&'static str, &'static str, &'static str) {
    let template = template(event);
    let binary = template.find(BINARY).map_or(0, |at| at + BINARY.len());
    let (head, rest) = template.split_at(binary);
    let (middle, tail) = rest.split_at(CHAINED.len().min(rest.len()));
    (head, middle, tail)
}

fn parse(event: HookEvent, text: &BStr) -> Option<Shim> {
    let (head, middle, tail) = parts(event);
    let values = text.strip_prefix(head.as_bytes())?.strip_suffix(tail.as_bytes())?;
    let kept = [middle.as_bytes(), &quote(kept_name(event).as_bytes())].concat();
    let chained = values.strip_suffix(kept.as_slice());
    let binary = chained.or_else(|| values.strip_suffix(middle.as_bytes()))?;
    let binary = PathBuf::from(std::ffi::OsString::from_vec(unquote(binary)?));
    Some(Shim { event, binary, chained: chained.is_some() })
}

/// Quotes a value for sh: inside single quotes nothing has a meaning but the quote itself.
pub(super) fn quote(value: &[u8]) -> Vec<u8> {
    [b"'", value.replace("'", r"'\''").as_slice(), b"'"].concat()
}

/// The value of what [`quote`] made.
pub(super) fn unquote(quoted: &[u8]) -> Option<Vec<u8>> {
    Some(quoted.strip_prefix(b"'")?.strip_suffix(b"'")?.replace(r"'\''", "'"))
}

/// The path of a program as a person types it into sh.
pub(crate) fn quoted(path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+,:@%".contains(byte);
    let shown = if bytes.iter().all(plain) { bytes.to_vec() } else { quote(bytes) };
    crate::text::escape(&shown)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    fn shim(event: HookEvent, binary: &[u8], chained: bool) -> Shim {
        Shim { event, binary: OsStr::from_bytes(binary).into(), chained }
    }

    #[test]
    fn a_template_works_as_it_stands_and_has_its_two_values() {
        for event in HookEvent::ALL {
            let (head, middle, tail) = parts(event);
            assert_eq!(format!("{head}{middle}{tail}"), template(event));
            assert!(head.ends_with(BINARY) && middle == CHAINED && tail.starts_with('\n'), "{event}");
            assert!(head.as_bytes().lines().nth(1).is_some_and(|line| line.starts_with(MARKER)));
            assert!(tail.contains(&format!(" hook {event} ")), "{event}");
        }
    }

    #[test]
    fn what_was_written_is_recognised() {
        for event in HookEvent::ALL {
            for chained in [false, true] {
                let shim = shim(event, b"/opt/git gate's/bin/git-gate", chained);
                assert_eq!(Reading::of(event, &shim.text()), Reading::Ours(shim));
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
            if let Reading::Ours(shim) = Reading::of(event, &edited) {
                assert_eq!(shim.text(), edited, "only another path is no edit");
                assert!(shim.chained);
            }
        }
        for added in [&b"exit 0\n"[..], b"\n", b"#"] {
            assert_eq!(Reading::of(event, &[&text, added].concat()), Reading::Altered);
        }
        let other_event = shim(HookEvent::CommitMsg, b"/usr/bin/git-gate", false).text();
        assert_eq!(Reading::of(event, &other_event), Reading::Altered);
        let other_format = text.replace("format 1", "format 2");
        assert_eq!(Reading::of(event, &other_format), Reading::Altered);
    }

    #[test]
    fn everything_else_is_somebody_elses() {
        for text in [&b""[..], b"#!/bin/sh\nexec git-gate hook pre-push -- \"$@\"\n", b"\x7fELF\n\n\0\xff"] {
            assert_eq!(Reading::of(HookEvent::PrePush, text), Reading::Foreign);
        }
    }

    proptest! {
        #[test]
        fn no_path_can_say_anything_to_the_shell(path in "[ -~\n\u{e9}]{1,40}") {
            let value = quote(path.as_bytes());
            prop_assert_eq!(unquote(&value).unwrap(), path.as_bytes());
            let script = [b"git_gate=".as_slice(), &value, b"\nprintf %s \"$git_gate\""].concat();
            let output = Command::new("/bin/sh").arg("-c").arg(OsStr::from_bytes(&script)).output().unwrap();
            prop_assert_eq!(output.stdout, path.as_bytes());
        }
    }
}
