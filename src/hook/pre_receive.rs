//! pre-receive: `<old-oid> SP <new-oid> SP <refname> LF` for every ref.

use super::{HookEvent, RefUpdate, lines};
use crate::error::Result;

/// Parses the ref updates from standard input.
///
/// The deletion of a ref that does not exist (from zero to zero) is listed like any other update.
///
/// # Errors
/// Fails on input that git never sends.
pub(crate) fn parse(input: &[u8]) -> Result<Vec<RefUpdate>> {
    lines::parse(HookEvent::PreReceive, input, line)
}

fn line(bytes: &[u8]) -> Option<RefUpdate> {
    let mut fields = bytes.splitn(3, |byte| *byte == b' ');
    let (old, new, refname) = (fields.next()?, fields.next()?, fields.next()?);
    lines::update(refname, old, new)
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice as _;
    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorKind;
    use crate::git::Oid;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const ZERO: &str = "0000000000000000000000000000000000000000";

    fn update(old: &str, new: &str, refname: &str) -> RefUpdate {
        let oid = |hex: &str| Oid::from_hex(hex.as_bytes()).filter(|oid| !oid.is_zero());
        RefUpdate { refname: refname.into(), old: oid(old), new: oid(new) }
    }

    #[test]
    fn creation_move_and_deletion_are_distinguished() {
        let b = "b".repeat(40);
        let input =
            format!("{A} {b} refs/heads/moved\n{ZERO} {A} refs/tags/new\n{A} {ZERO} refs/heads/gone\n");
        let wanted = [
            update(A, &b, "refs/heads/moved"),
            update(ZERO, A, "refs/tags/new"),
            update(A, ZERO, "refs/heads/gone"),
        ];
        assert_eq!(parse(input.as_bytes()).unwrap(), wanted);
    }

    #[test]
    fn a_sha256_repository_has_longer_zeros() {
        let (zero, oid) = ("0".repeat(64), "c".repeat(64));
        assert_eq!(
            parse(format!("{zero} {oid} refs/heads/x\n").as_bytes()).unwrap(),
            [update(&zero, &oid, "refs/heads/x")]
        );
    }

    #[test]
    fn no_bytes_and_one_blank_line_are_no_updates() {
        assert_eq!(parse(b"").unwrap(), []);
        assert_eq!(parse(b"\n").unwrap(), []);
    }

    #[test]
    fn refname_need_not_be_utf8() {
        let input = [format!("{ZERO} {A} refs/heads/").as_bytes(), b"caf\xe9\n"].concat();
        assert_eq!(parse(&input).unwrap()[0].refname, &b"refs/heads/caf\xe9"[..]);
    }

    #[test]
    fn malformed_input_is_an_error() {
        let long = "b".repeat(64);
        for bad in [
            "garbage\n".to_owned(),
            " \n".to_owned(),
            "\n\n".to_owned(),
            format!("{ZERO} {A} refs/heads/x"),
            format!("{ZERO} {A} refs/heads/x\r\n"),
            format!("{ZERO} {A} refs/heads/x\n\n"),
            format!("\n{ZERO} {A} refs/heads/x\n"),
            format!("{ZERO} {A}\n"),
            format!("{ZERO} {A} \n"),
            format!("{ZERO}  {A} refs/heads/x\n"),
            format!("{ZERO}\t{A}\trefs/heads/x\n"),
            format!("{ZERO} {A} refs/heads/x y\n"),
            format!("{ZERO} {A} refs/heads/x\0\n"),
            format!("{ZERO} {A} refs/heads/x\u{7f}\n"),
            format!("{} {A} refs/heads/x\n", &ZERO[1..]),
            format!("{ZERO}0 {A} refs/heads/x\n"),
            format!("{ZERO} {} refs/heads/x\n", A.to_uppercase()),
            format!("{ZERO} {} refs/heads/x\n", &A[1..]),
            format!("{ZERO} {} refs/heads/x\n", "g".repeat(40)),
            format!("{ZERO} {long} refs/heads/x\n"),
            format!("{ZERO} {A} refs/heads/x\n{} {long} refs/heads/y\n", "0".repeat(64)),
            format!("{ZERO} {A} refs/heads/x\n{ZERO} {A} refs/heads/x\n"),
            format!("{ZERO} {A} refs/heads/x\ngarbage\n"),
            "0".repeat(100_000),
        ] {
            let error = parse(bad.as_bytes()).expect_err(&bad);
            assert_eq!(error.kind(), ErrorKind::Contract, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn accepted_input_loses_no_line(input in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(updates) = parse(&input) {
                prop_assert!(updates.len() == input.lines().count() || input == b"\n");
            }
        }
    }
}
