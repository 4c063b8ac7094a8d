//! pre-push: `<local-ref> SP <local-oid> SP <remote-ref> SP <remote-oid> LF` for every ref.

use super::{HookEvent, RefUpdate, lines};
use crate::error::Result;

/// Parses the ref updates from standard input, which is empty if everything is up to date.
///
/// # Errors
/// Fails on input that git never sends.
pub(crate) fn parse(input: &[u8]) -> Result<Vec<RefUpdate>> {
    lines::parse(HookEvent::PrePush, input, line)
}

/// Parses one line, from right to left.
///
/// The local ref is written as the user typed it (`HEAD~1`, `:/some words`) and may contain spaces.
fn line(bytes: &[u8]) -> Option<RefUpdate> {
    let mut fields = bytes.rsplitn(4, |byte| *byte == b' ');
    let (remote_oid, remote_ref, local_oid, local_ref) =
        (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let update = lines::update(remote_ref, remote_oid, local_oid)?;
    let deletes_without_saying_so = update.new.is_none() && local_ref != b"(delete)";
    (!local_ref.is_empty() && !deletes_without_saying_so).then_some(update)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorKind;
    use crate::git::Oid;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    const ZERO: &str = "0000000000000000000000000000000000000000";

    fn update(refname: &str, old: &str, new: &str) -> RefUpdate {
        let oid = |hex: &str| Oid::from_hex(hex.as_bytes()).filter(|oid| !oid.is_zero());
        RefUpdate { refname: refname.into(), old: oid(old), new: oid(new) }
    }

    #[test]
    fn local_oid_is_new_and_remote_oid_is_old() {
        let input =
            format!("refs/heads/main {A} refs/heads/other {B}\n(delete) {ZERO} refs/heads/gone {B}\n");
        assert_eq!(
            parse(input.as_bytes()).unwrap(),
            [update("refs/heads/other", B, A), update("refs/heads/gone", B, ZERO)]
        );
    }

    #[test]
    fn local_ref_may_be_any_text() {
        for local in ["HEAD", "HEAD~1", A, ":/fix the door", "HEAD^{/a  b}", "(delete)", "caf\u{e9}"] {
            let input = format!("{local} {A} refs/heads/x {ZERO}\n");
            assert_eq!(parse(input.as_bytes()).unwrap(), [update("refs/heads/x", ZERO, A)], "{local}");
        }
    }

    #[test]
    fn up_to_date_push_has_empty_input() {
        assert_eq!(parse(b"").unwrap(), []);
        assert_eq!(parse(b"\n").unwrap(), []);
    }

    #[test]
    fn malformed_input_is_an_error() {
        for bad in [
            "garbage\n".to_owned(),
            format!("refs/heads/x {A} refs/heads/x\n"),
            format!("{A} refs/heads/x {ZERO}\n"),
            format!(" {A} refs/heads/x {ZERO}\n"),
            format!("refs/heads/x {A} refs/heads/x {ZERO}"),
            format!("refs/heads/x {A} refs/heads/x {ZERO}\r\n"),
            format!("refs/heads/x {A} refs/heads/x {ZERO} \n"),
            format!("refs/heads/x {A}  {ZERO}\n"),
            format!("refs/heads/x {ZERO} refs/heads/x {A}\n"),
            format!("refs/heads/x {A} refs/heads/x {}\n", "0".repeat(64)),
            format!("refs/heads/x {A} refs/heads/x {}\n", &ZERO[1..]),
            format!("refs/heads/x x refs/heads/x {ZERO}\n"),
            format!("a {A} refs/heads/x {ZERO}\nb {B} refs/heads/x {ZERO}\n"),
            format!("a {A} refs/heads/x {ZERO}\n\n"),
        ] {
            let error = parse(bad.as_bytes()).expect_err(&bad);
            assert_eq!(error.kind(), ErrorKind::Contract, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn local_ref_cannot_hide_the_rest_of_its_line(local in "[^\n]{1,30}") {
            let input = format!("{local} {A} refs/heads/x {B}\n");
            prop_assert_eq!(parse(input.as_bytes()).unwrap(), [update("refs/heads/x", B, A)]);
        }
    }
}
