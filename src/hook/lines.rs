//! Parser shared by the line formats of pre-push and pre-receive.

use std::collections::HashSet;

use bstr::{BString, ByteSlice as _};

use super::{HookEvent, RefUpdate};
use crate::error::{Error, Result};
use crate::git::Oid;

/// Parses a whole standard input, one ref update per line.
///
/// Empty input means no update. So does a single blank line: a dispatcher that runs `echo "$data" | hook`
/// turns empty input into one. Otherwise every line must end with LF, a ref may occur only once, and all
/// oids must have the same length.
///
/// # Errors
/// Fails on input that git never sends.
pub(super) fn parse(
    event: HookEvent,
    input: &[u8],
    line: fn(&[u8]) -> Option<RefUpdate>,
) -> Result<Vec<RefUpdate>> {
    if matches!(input, b"" | b"\n") {
        return Ok(Vec::new());
    }
    let Some(lines) = input.strip_suffix(b"\n") else {
        return Err(Error::contract(format!("the standard input of `{event}` does not end with a newline")));
    };
    let wrong = |number: usize, what: &str| {
        Error::contract(format!("line {} of the standard input of `{event}` {what}", number + 1))
    };
    let (mut updates, mut refnames, mut length) = (Vec::new(), HashSet::new(), None);
    for (number, bytes) in lines.split(|byte| *byte == b'\n').enumerate() {
        let update = line(bytes).ok_or_else(|| wrong(number, "is not a ref update"))?;
        if !refnames.insert(update.refname.clone()) {
            return Err(wrong(number, "repeats a ref"));
        }
        for oid in [update.old, update.new].into_iter().flatten() {
            if *length.get_or_insert(oid.hex_len()) != oid.hex_len() {
                return Err(wrong(number, "has an oid of a different length"));
            }
        }
        updates.push(update);
    }
    Ok(updates)
}

/// Parses the fields of a ref update. A zero oid stands for a ref that does not exist.
///
/// Returns `None` if a field is malformed, or if the oids have different lengths.
pub(super) fn update(name: &[u8], old: &[u8], new: &[u8]) -> Option<RefUpdate> {
    let (old, new) = (Oid::from_hex(old)?, Oid::from_hex(new)?);
    let value = |oid: Oid| Some(oid).filter(|oid| !oid.is_zero());
    let update = RefUpdate { refname: refname(name)?, old: value(old), new: value(new) };
    (old.hex_len() == new.hex_len()).then_some(update)
}

/// Parses a refname: bytes without spaces and control characters.
///
/// No ref can contain these (git-check-ref-format(1)).
fn refname(bytes: &[u8]) -> Option<BString> {
    let printable = |byte: u8| byte > b' ' && byte != 0x7f;
    (!bytes.is_empty() && bytes.bytes().all(printable)).then(|| bytes.into())
}
