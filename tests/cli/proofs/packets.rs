//! OpenPGP packets, split and put together again, for certificates that `gpg` does not make.

/// Splits bytes into packets with a length of their own: kind, and whole packet.
pub(super) fn split(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut packets = Vec::new();
    while let [first, rest @ ..] = bytes {
        let is_new = first & 0x40 != 0;
        let (kind, header, length) = match (is_new, first & 3, rest) {
            (true, _, [length @ 0..=191, ..]) => (first & 0x3f, 2, usize::from(*length)),
            (true, _, [high @ 192..=223, low, ..]) => {
                (first & 0x3f, 3, (usize::from(*high) - 192) * 256 + usize::from(*low) + 192)
            }
            (false, 0, [length, ..]) => (first >> 2 & 0xf, 2, usize::from(*length)),
            (false, 1, [high, low, ..]) => {
                (first >> 2 & 0xf, 3, usize::from(u16::from_be_bytes([*high, *low])))
            }
            _ => panic!("a length that gpg does not write"),
        };
        let (packet, after) = bytes.split_at(header + length);
        packets.push((kind, packet.to_vec()));
        bytes = after;
    }
    packets
}

/// Returns the content of armor.
pub(super) fn unarmored(text: &str) -> Vec<u8> {
    let lines = text.lines().skip_while(|line| !line.is_empty()).skip(1);
    let base64: String = lines.take_while(|line| !line.starts_with(['=', '-'])).collect();
    data_encoding::BASE64.decode(base64.as_bytes()).unwrap()
}

/// Returns bytes as an armored signature, without a checksum.
pub(super) fn armored(bytes: &[u8]) -> String {
    let base64 = data_encoding::BASE64.encode(bytes);
    let lines: Vec<&str> =
        base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PGP SIGNATURE-----\n\n{}\n-----END PGP SIGNATURE-----\n", lines.join("\n"))
}

/// Replaces a sequence of bytes by another one of the same length, wherever it occurs; fails if it does not.
pub(super) fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    let places: Vec<usize> =
        (0..=bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + from.len()].copy_from_slice(to);
    }
    bytes
}

/// Removes the signature of a subkey from the part of a binding that is not signed.
pub(super) fn without_back_signature(binding: &[u8]) -> Vec<u8> {
    let header = if binding[0] & 0x40 != 0 {
        if binding[1] < 192 { 2 } else { 3 }
    } else {
        2 + usize::from(binding[0] & 3)
    };
    let body = &binding[header..];
    let hashed = usize::from(u16::from_be_bytes([body[4], body[5]]));
    let start = 6 + hashed;
    let unhashed = usize::from(u16::from_be_bytes([body[start], body[start + 1]]));
    let (mut area, mut kept) = (&body[start + 2..start + 2 + unhashed], Vec::new());
    while let [length, ..] = area {
        assert!(*length < 192, "a short subpacket");
        let (subpacket, after) = area.split_at(1 + usize::from(*length));
        if subpacket[1] & 0x7f != 32 {
            kept.extend_from_slice(subpacket);
        }
        area = after;
    }
    assert!(kept.len() < unhashed, "the binding had a back signature");
    let mut made = body[..start].to_vec();
    made.extend(u16::try_from(kept.len()).unwrap().to_be_bytes());
    made.extend(kept);
    made.extend(&body[start + 2 + unhashed..]);
    let mut packet = vec![0x89];
    packet.extend(u16::try_from(made.len()).unwrap().to_be_bytes());
    packet.extend(made);
    packet
}
