//! OpenPGP packets, split before they are parsed: an unreadable one is still known by its kind.

use bstr::ByteSlice as _;
use pgp::packet::{Packet, PacketHeader};
use pgp::types::{PacketLength, Tag};

use crate::signature::fault::{SignatureFault, Verified};

/// Packet that is not parsed.
pub(super) struct RawPacket<'a> {
    header: PacketHeader,
    body: &'a [u8],
}

impl RawPacket<'_> {
    /// Returns the kind of the packet.
    pub(super) fn tag(&self) -> Tag {
        self.header.tag()
    }

    /// Parses the packet; `None` if it cannot be read.
    pub(super) fn parse(&self) -> Option<Packet> {
        Packet::from_reader(self.header, self.body).ok()
    }
}

/// Splits bytes into packets.
///
/// # Errors
/// Fails when a packet is cut off, or does not say its length in one piece.
pub(super) fn split(mut bytes: &[u8]) -> Verified<Vec<RawPacket<'_>>> {
    let unreadable = || SignatureFault::new("its packets cannot be read");
    let mut packets = Vec::new();
    while !bytes.is_empty() {
        let header = PacketHeader::try_from_reader(&mut bytes).map_err(|_| unreadable())?;
        let PacketLength::Fixed(length) = header.packet_length() else { return Err(unreadable()) };
        let length = usize::try_from(length).map_err(|_| unreadable())?;
        let (body, rest) = bytes.split_at_checked(length).ok_or_else(unreadable)?;
        packets.push(RawPacket { header, body: body.as_bytes() });
        bytes = rest;
    }
    Ok(packets)
}
