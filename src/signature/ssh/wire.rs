//! Wire format of SSH (RFC 4251, section 5).

/// Reader of the wire format.
pub(super) struct Wire<'a>(pub(super) &'a [u8]);

impl<'a> Wire<'a> {
    /// Reads a number of four bytes.
    pub(super) fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number))
    }

    /// Reads a string, which its length precedes.
    pub(super) fn string(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (string, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(string)
    }
}

#[cfg(test)]
mod tests {
    use super::Wire;

    #[test]
    fn strings_that_are_cut_off_are_none() {
        let mut wire = Wire(b"\0\0\0\x02ab\0\0\0\x03ab");
        assert_eq!(wire.string(), Some(&b"ab"[..]));
        assert_eq!(wire.string(), None);
        assert_eq!(Wire(b"\0\0\0").number(), None);
    }
}
