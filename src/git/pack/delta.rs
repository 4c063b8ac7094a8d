//! Application of deltas (gitformat-pack(5), "Deltified representation").

use crate::text::Copied;

/// Delta base of an object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeltaBase<'a, T> {
    /// State that was derived from the base.
    pub(crate) value: &'a T,
    /// Ranges of the base that the object copies.
    pub(crate) copied: &'a [Copied],
}

/// Builds an object from its base and records the copied ranges; `None` if the delta is invalid for the base.
pub(in crate::git) fn apply(
    delta: &[u8],
    base: &[u8],
    out: &mut Vec<u8>,
    copied: &mut Vec<Copied>,
) -> Option<()> {
    out.clear();
    copied.clear();
    let mut delta = delta;
    let [before, after] = [size(&mut delta)?, size(&mut delta)?];
    if before != base.len() {
        return None;
    }
    out.try_reserve_exact(after).ok()?;
    while let Some((command, rest)) = delta.split_first() {
        delta = rest;
        if command & 0x80 == 0 {
            // Command 0 is reserved.
            let (new, rest) =
                delta.split_at_checked(usize::from(*command)).filter(|(new, _)| !new.is_empty())?;
            out.extend_from_slice(new);
            delta = rest;
        } else {
            let (from, len) = copy(*command, &mut delta)?;
            let at = out.len();
            out.extend_from_slice(base.get(from..from.checked_add(len)?)?);
            match copied.last_mut() {
                // git copies at most 64 KiB per command (the format allows 16 MiB), so longer copies are
                // split.
                Some(last) if last.end() == at && last.from + last.len == from => last.len += len,
                _ => copied.push(Copied { from, at, len }),
            }
        }
        if out.len() > after {
            return None;
        }
    }
    (out.len() == after).then_some(())
}

/// Returns the size of the object that a delta builds, from the start of the delta.
pub(in crate::git) fn built_size(mut delta: &[u8]) -> Option<usize> {
    size(&mut delta)?;
    size(&mut delta)
}

/// Reads a size: seven bits per byte, lowest first.
fn size(delta: &mut &[u8]) -> Option<usize> {
    let mut size = 0;
    for shift in (0..usize::BITS).step_by(7) {
        let byte = next(delta)?;
        size |= usize::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(size);
        }
    }
    None
}

/// Reads offset and length of a copy command.
///
/// The low seven bits of the command state which bytes of both follow; the other bytes are zero. A length of
/// 0 means 64 KiB.
fn copy(command: u8, delta: &mut &[u8]) -> Option<(usize, usize)> {
    let mut number = |bits: std::ops::Range<u32>| {
        let mut number = 0;
        for (byte, bit) in bits.enumerate() {
            if command & 1 << bit != 0 {
                number |= usize::from(next(delta)?) << (8 * byte);
            }
        }
        Some(number)
    };
    let (from, len) = (number(0..4)?, number(4..7)?);
    Some((from, if len == 0 { 0x10000 } else { len }))
}

fn next(delta: &mut &[u8]) -> Option<u8> {
    let (byte, rest) = delta.split_first()?;
    *delta = rest;
    Some(*byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &[u8] = b"0123456789";

    fn made(delta: &[u8]) -> Option<(Vec<u8>, Vec<Copied>)> {
        let (mut out, mut copied) = (Vec::new(), Vec::new());
        apply(delta, BASE, &mut out, &mut copied)?;
        Some((out, copied))
    }

    #[test]
    fn copies_and_literals_build_the_object() {
        let delta = [10, 9, 0x91, 2, 3, 2, b'a', b'b', 0x90, 4];
        let copied = [Copied { from: 2, at: 0, len: 3 }, Copied { from: 0, at: 5, len: 4 }];
        assert_eq!(made(&delta), Some((b"234ab0123".to_vec(), copied.to_vec())));
    }

    #[test]
    fn adjacent_copies_are_joined() {
        let delta = [10, 5, 0x91, 2, 3, 0x91, 5, 2];
        assert_eq!(made(&delta), Some((b"23456".to_vec(), vec![Copied { from: 2, at: 0, len: 5 }])));
    }

    #[test]
    fn copy_without_a_length_is_64_kib() {
        let base = vec![b'x'; 0x10000];
        let (mut out, mut copied) = (Vec::new(), Vec::new());
        let delta = [0x80, 0x80, 4, 0x80, 0x80, 4, 0x80];
        assert_eq!(apply(&delta, &base, &mut out, &mut copied), Some(()));
        assert_eq!(out, base);
    }

    #[test]
    fn invalid_delta_builds_nothing() {
        for delta in [
            &[9, 3, 0x91, 2, 3][..], // delta of another base
            &[10, 4, 0x91, 2, 3],    // too short
            &[10, 2, 0x91, 2, 3],    // too long
            &[10, 3, 0x91, 8, 3],    // copies past the end of the base
            &[10, 3, 3, b'a', b'b'], // cut off in a literal
            &[10, 3, 0x91, 2],       // cut off in a copy command
            &[10, 0, 0],             // reserved command
            &[10],                   // no size
            &[0xff; 12],             // size without an end
            &[10, 3, 0xff, 255, 255, 255, 255, 255, 255, 255],
        ] {
            assert_eq!(made(delta), None, "{delta:?}");
        }
    }
}
