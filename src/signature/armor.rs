//! ASCII armor of signatures and keys (RFC 9580, section 6.2), read strictly.

use bstr::ByteSlice as _;
use data_encoding::BASE64;

use super::fault::{SignatureFault, Verified, demand};

/// Maximum length of a line of base64 (RFC 9580, section 6).
const MAX_LINE: usize = 76;

/// Minimum length of every line of base64 but the last: no program writes shorter ones.
const MIN_LINE: usize = 60;

/// Armored block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Text of its first line, between the dashes and without `BEGIN `.
    pub(super) label: String,
    /// Content.
    pub(super) bytes: Vec<u8>,
}

/// Reads the one block that a text consists of.
///
/// # Errors
/// Fails unless there is exactly one block, with lines as programs write them.
pub(super) fn only_block(text: &[u8]) -> Verified<Block> {
    let mut lines = text.lines().map(<[u8]>::trim_ascii_end);
    let block = block(&mut lines).ok_or(SignatureFault::new("it has no armor"))??;
    demand(lines.all(<[u8]>::is_empty), "more follows its armor")?;
    Ok(block)
}

/// Reads all blocks of a text, and ignores what is written between them.
///
/// # Errors
/// Fails when a block cannot be read, and when there may be more that is not written as a block: a revocation that is
/// overlooked would be a key that counts.
pub(super) fn blocks(text: &[u8]) -> Verified<Vec<Block>> {
    demand(text.is_utf8(), "it has more than text: export all its keys together, with `gpg --armor`")?;
    let mut lines = text.lines().map(<[u8]>::trim_ascii_end).peekable();
    let mut blocks = Vec::new();
    while let Some(line) = lines.peek() {
        if label(line, b"BEGIN ").is_none() {
            demand(
                !line.contains_str("-----BEGIN "),
                "it has `-----BEGIN` on a line that begins no block: the line has to begin with it, and end with `-----`",
            )?;
            lines.next();
            continue;
        }
        blocks.extend(block(&mut lines).transpose()?);
    }
    Ok(blocks)
}

/// Reads a block that begins on the first line; `None` if none does.
fn block<'a>(lines: &mut impl Iterator<Item = &'a [u8]>) -> Option<Verified<Block>> {
    let label = label(lines.next()?, b"BEGIN ")?.to_owned();
    Some(content(&label, lines).map(|bytes| Block { label, bytes }))
}

/// Reads the lines of a block up to its end.
fn content<'a>(label_text: &str, lines: &mut impl Iterator<Item = &'a [u8]>) -> Verified<Vec<u8>> {
    let malformed = || SignatureFault::new("its armor is malformed");
    let mut base64: Vec<&[u8]> = Vec::new();
    let mut checksum = None;
    let mut has_ended = false;
    for line in lines {
        if let Some(end) = label(line, b"END ") {
            demand(end == label_text, "its armor is malformed")?;
            has_ended = true;
            break;
        }
        let is_header = base64.is_empty() && (line.contains_str(": ") || line.ends_with(b":"));
        match line.strip_prefix(b"=") {
            Some(sum) if checksum.is_none() => checksum = Some(sum),
            _ if checksum.is_some() => return Err(malformed()),
            _ if is_header || line.is_empty() && base64.is_empty() => {}
            _ => base64.push(line),
        }
    }
    demand(has_ended, "its armor is cut off")?;
    demand(has_even_lines(&base64), "the lines of its armor were wrapped again")?;
    let bytes = BASE64.decode(&base64.concat()).map_err(|_| malformed())?;
    match checksum.map(|sum| BASE64.decode(sum)) {
        None => Ok(bytes),
        Some(Ok(sum)) if sum == crc24(&bytes) => Ok(bytes),
        Some(_) => Err(SignatureFault::new("the checksum of its armor is wrong")),
    }
}

/// Returns whether all lines but the last are equally long, as programs write them.
fn has_even_lines(lines: &[&[u8]]) -> bool {
    let Some((last, others)) = lines.split_last() else { return false };
    let width = others.first().map_or(MAX_LINE, |line| line.len());
    let is_even = others.iter().all(|line| line.len() == width);
    is_even && (MIN_LINE..=MAX_LINE).contains(&width) && (1..=width).contains(&last.len())
}

/// Returns the text between `-----BEGIN ` or `-----END ` and the dashes at the end of a line.
fn label<'a>(line: &'a [u8], start: &[u8]) -> Option<&'a str> {
    let inner = line.strip_prefix(b"-----")?.strip_suffix(b"-----")?;
    inner.strip_prefix(start)?.to_str().ok()
}

/// Returns the checksum of OpenPGP armor (RFC 9580, section 6.1).
fn crc24(bytes: &[u8]) -> [u8; 3] {
    let mut crc: u32 = 0x00B7_04CE;
    for byte in bytes {
        crc ^= u32::from(*byte) << 16;
        for _ in 0..8 {
            crc <<= 1;
            if crc & 0x0100_0000 != 0 {
                crc ^= 0x0186_4CFB;
            }
        }
    }
    let [_, rest @ ..] = crc.to_be_bytes();
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "wsFcBAABCAAQBQJqiG7fCRC1aQ7uu5UhlAAANEUQAFdPEq0FUX5sggpb53KJGXuK\nS74+/xZA0/af\n";

    fn armored(middle: &str) -> String {
        format!("-----BEGIN PGP SIGNATURE-----\n{middle}-----END PGP SIGNATURE-----\n")
    }

    #[test]
    fn one_block_of_even_lines_is_read() {
        for middle in [
            format!("\n{BODY}"),
            BODY.to_owned(),
            format!("Version: x\nComment: y: z\n\n{BODY}"),
            format!("Comment: \n\n{BODY}"),
            format!("Comment:\nVersion: \n{BODY}"),
        ] {
            let block = only_block(armored(&middle).as_bytes()).unwrap();
            assert_eq!((block.label.as_str(), block.bytes.len()), ("PGP SIGNATURE", 57));
        }
        assert!(only_block(armored(BODY).replace('\n', "\r\n").as_bytes()).is_ok());
    }

    #[test]
    fn other_forms_are_refused() {
        let one_line = BODY.replace('\n', "");
        let narrow = format!("{}\n{}\n{}\n", &one_line[..32], &one_line[32..64], &one_line[64..]);
        for text in [
            String::new(),
            "x".to_owned(),
            armored(""),
            armored("\n"),
            armored(&format!("\n{one_line}{one_line}\n")),
            armored(&format!("\n{narrow}")),
            armored(&format!("{}\n{}\n{}\n", &one_line[..60], &one_line, &one_line[..16])),
            armored(&format!("\n{BODY}=AAAA\n")),
            armored(&format!("\n{BODY}=AAAA\n=AAAA\n")),
            armored(&format!("\n{BODY}").replace("S74+", "S7 4+")),
            armored(&format!("\n{BODY}")).replace("END PGP SIGNATURE", "END PGP MESSAGE"),
            armored(&format!("\n{BODY}")).replace("-----END PGP SIGNATURE-----\n", ""),
            format!("{}{}", armored(BODY), armored(BODY)),
            format!("{}x\n", armored(BODY)),
            format!("x\n{}", armored(BODY)),
        ] {
            assert!(only_block(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn checksum_stands_once_and_last() {
        let bytes = BASE64.decode(BODY.replace('\n', "").as_bytes()).unwrap();
        let sum = format!("={}\n", BASE64.encode(&crc24(&bytes)));
        let (first, last) = BODY.split_at(BODY.find('\n').unwrap() + 1);
        for (middle, is_read) in [
            (format!("{BODY}{sum}"), true),
            (format!("{BODY}{sum}{sum}"), false),
            (format!("{first}{sum}{last}"), false),
            (format!("{sum}{BODY}"), false),
        ] {
            assert_eq!(only_block(armored(&middle).as_bytes()).is_ok(), is_read, "{middle}");
        }
    }

    #[test]
    fn blocks_of_a_file_may_have_text_between_them() {
        let text = format!("Keys of the forge\n{}\nand\n{}", armored(BODY), armored(BODY));
        assert_eq!(blocks(text.as_bytes()).unwrap().len(), 2);
        assert!(blocks(format!("{text}-----BEGIN PGP SIGNATURE-----\n").as_bytes()).is_err());
        assert!(blocks(b"no block").unwrap().is_empty());
    }

    #[test]
    fn nothing_like_a_block_is_overlooked() {
        let own = armored(BODY);
        for (more, says) in [
            (armored(BODY).replace("-----BEGIN", ":-----BEGIN").into_bytes(), "begins no block"),
            (armored(BODY).replace("-----BEGIN", "  -----BEGIN").into_bytes(), "begins no block"),
            (armored(BODY).replace("-----BEGIN", "> -----BEGIN").into_bytes(), "begins no block"),
            (b"-----BEGIN PGP SIGNATURE----- x\n".to_vec(), "begins no block"),
            (vec![0x99, 0x01, 0x0d, 0x04], "more than text"),
        ] {
            for text in [[own.as_bytes(), &more].concat(), [more.as_slice(), b"\n", own.as_bytes()].concat()]
            {
                let fault = blocks(&text).unwrap_err().to_string();
                assert!(fault.contains(says), "{fault}");
            }
        }
        assert_eq!(blocks(format!("Schlüssel: Müller\n{own}").as_bytes()).unwrap().len(), 1);
    }

    #[test]
    fn checksum_is_that_of_the_standard() {
        assert_eq!(crc24(b"123456789"), [0x21, 0xCF, 0x02]);
        assert_eq!(crc24(b""), [0xB7, 0x04, 0xCE]);
    }
}
