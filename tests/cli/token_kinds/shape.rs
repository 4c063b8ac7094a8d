//! Tokens in the shapes of the table, drawn by a seeded generator.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD};

use crate::support::{Draw, crc32};

const B62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const B36: &str = "0123456789abcdefghijklmnopqrstuvwxyz";
const B32: &str = "abcdefghijklmnopqrstuvwxyz234567";

/// Alphabets by their names in the table.
const CLASSES: &[(&str, &str)] = &[
    ("b62", B62),
    ("b64u", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
    ("b64", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
    ("hex", "0123456789abcdef"),
    ("az09", B36),
    ("AZ09", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("aZ", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    ("09", "0123456789"),
    ("devise", "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789-_"),
    ("b32", B32),
    ("bech", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"),
    ("entra", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~-"),
];

/// Generator of tokens.
pub(super) struct Shapes {
    draw: Draw,
}

/// Token with its drawn parts.
pub(super) struct Token {
    pub(super) text: String,
    /// The parts that are no fixed text of the shape, in their order.
    pub(super) secrets: Vec<String>,
}

impl Shapes {
    /// Creates a generator whose tokens depend on a seed only.
    pub(super) fn new(seed: u64) -> Self {
        Self { draw: Draw::new(seed) }
    }

    /// Returns a token in a shape.
    pub(super) fn token(&mut self, shape: &str) -> Token {
        let (mut text, mut secrets, mut rest) = (String::new(), Vec::new(), shape);
        while let Some((fixed, after)) = rest.split_once('{') {
            let (part, after) = after.split_once('}').expect(shape);
            text.push_str(fixed);
            let part = self.part(part, &text);
            text.push_str(&part);
            // Version, host and the lengths of fields are no secret.
            let open = if part.starts_with("AgE") { 40 } else { 0 };
            secrets.push(part.split_at(open).1.to_owned());
            rest = after;
        }
        Token { text: text + rest, secrets }
    }

    fn part(&mut self, part: &str, before: &str) -> String {
        let (name, argument) = part.split_once(':').unwrap_or((part, ""));
        match name {
            "crc62" => number(crc32(before.split_once('_').unwrap().1.as_bytes()), B62, 6),
            "CRC" => format!("{:08X}", crc32(before.as_bytes())),
            "jwt" => self.web_token(),
            "routable" => self.routable(before, ".01."),
            "oldroutable" => self.routable(before, "."),
            "macaroon" => self.macaroon(argument),
            "bbdc" => {
                let digits = self.class("09", 11);
                BASE64_NOPAD.encode(&[format!("7{digits}:").as_bytes(), &self.bytes(20)].concat())
            }
            "ado52" => self.old_azure(),
            "ado84" => self.azure(),
            "hexdash" => [8, 4, 4, 4, 12].map(|length| self.class("hex", length)).join("-"),
            class => self.class(class, argument.parse().expect(part)),
        }
    }

    /// Returns characters of an alphabet; the first and the last are letters or digits.
    fn class(&mut self, name: &str, count: usize) -> String {
        let alphabet = CLASSES.iter().find(|(class, _)| *class == name).expect(name).1;
        let plain: String = alphabet.chars().filter(char::is_ascii_alphanumeric).collect();
        let end = |at: usize| at == 0 || at + 1 == count;
        (0..count).map(|at| self.draw.one_of(if end(at) { &plain } else { alphabet })).collect()
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| u8::try_from(self.draw.below(256)).unwrap()).collect()
    }

    fn web_token(&mut self) -> String {
        let text = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
        let signature = BASE64URL_NOPAD.encode(&self.bytes(64));
        format!(
            "{}.{}.{signature}",
            text(r#"{"typ":"JWT","alg":"ES256"}"#),
            text(r#"{"iss":"x","exp":1790000000}"#)
        )
    }

    /// The random bytes, the lines of the route and their length; then the length of all in base 36, and a CRC-32.
    fn routable(&mut self, prefix: &str, version: &str) -> String {
        let route = "o:1\nu:2a7f";
        let raw = [&self.bytes(16), route.as_bytes(), &[u8::try_from(route.len()).unwrap()]].concat();
        let body = BASE64URL_NOPAD.encode(&raw);
        let length = number(u32::try_from(body.len()).unwrap(), B36, 2);
        let sum = number(crc32(format!("{prefix}{body}{version}{length}").as_bytes()), B36, 7);
        format!("{body}{version}{length}{sum}")
    }

    /// A macaroon of version 2: location, identifier, caveat, signature.
    fn macaroon(&mut self, host: &str) -> String {
        let field = |kind: u8, data: &[u8]| [&[kind, u8::try_from(data.len()).unwrap()], data].concat();
        let identifier = self.class("hex", 36);
        let raw = [
            &[2][..],
            &field(1, host.as_bytes()),
            &field(2, identifier.as_bytes()),
            &[0],
            &field(2, b"[0, 1, 2]"),
            &[0, 0],
            &field(6, &self.bytes(32)),
        ];
        BASE64URL_NOPAD.encode(&raw.concat())
    }

    /// 28 bytes, with the keyed CRC-32 of them between, in base32.
    fn old_azure(&mut self) -> String {
        let data = self.bytes(28);
        let sum = (crc32(&data) ^ 0xe0b9_692d).to_le_bytes();
        let raw = [
            &data[0..2],
            &sum[3..4],
            &data[2..6],
            &sum[2..3],
            &sum[1..2],
            &data[6..19],
            &sum[0..1],
            &data[19..28],
        ]
        .concat();
        let bit = |at: usize| raw.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
        let digit = |digit: usize| (0..5).fold(0, |value, at| value << 1 | usize::from(bit(digit * 5 + at)));
        (0..52).map(|at| char::from(B32.as_bytes()[digit(at)])).collect()
    }

    /// 52 random digits and fixed fields; then four digits of a Marvin hash.
    fn azure(&mut self) -> String {
        let head = format!("{}JQQJ99BKACAAAAAAAAAAAAAAAZDO", self.class("b62", 52));
        let hash = marvin(&BASE64.decode(head.as_bytes()).unwrap(), u64::from_be_bytes(*b"Default0"));
        let digits = number(hash.swap_bytes(), B62, 1) + "0000";
        format!("{head}{}", &digits[..4])
    }
}

fn number(mut value: u32, alphabet: &str, width: usize) -> String {
    let base = u32::try_from(alphabet.len()).unwrap();
    let mut digits = Vec::new();
    while value > 0 || digits.len() < width {
        digits.push(char::from(alphabet.as_bytes()[usize::try_from(value % base).unwrap()]));
        value /= base;
    }
    digits.iter().rev().collect()
}

/// Marvin32, as in microsoft/security-utilities.
fn marvin(data: &[u8], seed: u64) -> u32 {
    let [mut low, mut high] = [seed & 0xffff_ffff, seed >> 32].map(|half| u32::try_from(half).unwrap());
    let mut block = |word: u32| {
        low = low.wrapping_add(word);
        high ^= low;
        low = low.rotate_left(20).wrapping_add(high);
        high = high.rotate_left(9) ^ low;
        low = low.rotate_left(27).wrapping_add(high);
        high = high.rotate_left(19);
        low ^ high
    };
    let (words, tail) = data.as_chunks::<4>();
    for word in words {
        block(u32::from_le_bytes(*word));
    }
    let mut last = [0; 4];
    last[..tail.len()].copy_from_slice(tail);
    last[tail.len()] = 0x80;
    block(u32::from_le_bytes(last));
    block(0)
}
