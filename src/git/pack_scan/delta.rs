//! A delta: how an object is made from another one (gitformat-pack(5), "Deltified representation").

use crate::text::Copied;

/// Makes an object from another one, and notes what is copied; none when the delta is not one for it.
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
            // Zero is reserved.
            let (new, rest) =
                delta.split_at_checked(usize::from(*command)).filter(|(new, _)| !new.is_empty())?;
            out.extend_from_slice(new);
            delta = rest;
        } else {
            let (from, len) = copy(*command, &mut delta)?;
            let at = out.len();
            out.extend_from_slice(base.get(from..from.checked_add(len)?)?);
            match copied.last_mut() {
                // A copy has no more than 64 KiB or 16 MiB: longer ones are told in parts.
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

/// A size: seven bits a byte, the lowest first.
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

/// Where to copy from, and how much: the bits of the command say which of their bytes follow, the others are zero.
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
    fn what_is_copied_and_what_is_new_make_the_object() {
        let delta = [10, 9, 0x91, 2, 3, 2, b'a', b'b', 0x90, 4];
        let copied = [Copied { from: 2, at: 0, len: 3 }, Copied { from: 0, at: 5, len: 4 }];
        assert_eq!(made(&delta), Some((b"234ab0123".to_vec(), copied.to_vec())));
    }

    #[test]
    fn copies_that_go_on_are_one() {
        let delta = [10, 5, 0x91, 2, 3, 0x91, 5, 2];
        assert_eq!(made(&delta), Some((b"23456".to_vec(), vec![Copied { from: 2, at: 0, len: 5 }])));
    }

    #[test]
    fn a_copy_without_a_length_is_of_64_kibibytes() {
        let base = vec![b'x'; 0x10000];
        let (mut out, mut copied) = (Vec::new(), Vec::new());
        let delta = [0x80, 0x80, 4, 0x80, 0x80, 4, 0x80];
        assert_eq!(apply(&delta, &base, &mut out, &mut copied), Some(()));
        assert_eq!(out, base);
    }

    #[test]
    fn a_delta_that_does_not_fit_makes_nothing() {
        for delta in [
            &[9, 3, 0x91, 2, 3][..], // of another base
            &[10, 4, 0x91, 2, 3],    // too short
            &[10, 2, 0x91, 2, 3],    // too long
            &[10, 3, 0x91, 8, 3],    // behind the end of the base
            &[10, 3, 3, b'a', b'b'], // cut off in what is new
            &[10, 3, 0x91, 2],       // cut off in a copy
            &[10, 0, 0],             // a reserved command
            &[10],                   // no size
            &[0xff; 12],             // a size without an end
            &[10, 3, 0xff, 255, 255, 255, 255, 255, 255, 255],
        ] {
            assert_eq!(made(delta), None, "{delta:?}");
        }
    }
}
