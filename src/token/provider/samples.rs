//! Tokens generated for tests. None is in the source, so that token scanners do not report this repository.

use data_encoding::{BASE32_NOPAD, BASE64, BASE64_NOPAD, BASE64URL_NOPAD};

use super::checksum::{BASE36, BASE62, azure_key_digits, crc32, digits_of};
use super::detectors::{detectors, recognize};
use super::pattern::{Detector, PatternPart};
use crate::token::decode;

pub(crate) const BASE64_URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
pub(crate) const DEVISE: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789-_";
pub(crate) const HEX: &[u8] = b"0123456789abcdef";

/// Generator of tokens; equal seeds give equal tokens.
pub(crate) struct Samples(u64);

impl Samples {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    pub(crate) fn digits(&mut self, alphabet: &[u8], count: usize) -> String {
        (0..count).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| u8::try_from(self.below(256)).unwrap()).collect()
    }

    /// Returns a GitHub or npm token: prefix, digits, checksum.
    pub(crate) fn crc(&mut self, prefix: &str, count: usize) -> String {
        let body = self.digits(BASE62, count - 6);
        let sum = digits_of(crc32(body.as_bytes()), BASE62, 6);
        format!("{prefix}{body}{}", text(&sum))
    }

    /// Returns a plausible token in the format of a detector. `None` if only a checksum makes one plausible.
    pub(crate) fn of(&mut self, detector: &'static Detector) -> Option<String> {
        (0..50).find_map(|_| {
            let token: String = detector.pattern.iter().map(|part| self.part(part)).collect();
            let is_whole = recognize(token.as_bytes()).is_some_and(|other| other.name == detector.name);
            (is_whole && detector.is_plausible(token.as_bytes())).then_some(token)
        })
    }

    /// Returns a text for a part of a pattern. The last byte of a run is a letter or a digit.
    fn part(&mut self, part: &PatternPart) -> String {
        match part {
            PatternPart::Text(text) => (*text).to_owned(),
            PatternPart::Any(texts) => texts[self.below(texts.len())].to_owned(),
            PatternPart::Run(class, least, most) => {
                let alphabet: Vec<u8> = (b' '..=b'~').filter(|byte| class(*byte)).collect();
                let plain: Vec<u8> = alphabet.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
                let length = least + self.below((most - least).min(16) + 1);
                let last = if plain.is_empty() { &alphabet } else { &plain };
                self.digits(&alphabet, length - 1) + &self.digits(last, 1)
            }
        }
    }

    pub(crate) fn web_token(&mut self) -> String {
        let part = |text: &str| encode(text.as_bytes());
        let (head, claims) =
            (part(r#"{"typ":"JWT","alg":"ES256"}"#), part(r#"{"iss":"made-up","exp":1790000000}"#));
        format!("{head}.{claims}.{}", encode(&self.bytes(64)))
    }

    pub(crate) fn routable(&mut self, prefix: &str, version: &str) -> String {
        let payload = format!("o:1\nu:{}", self.digits(HEX, 3));
        let mut raw = self.bytes(16);
        raw.extend(payload.as_bytes());
        raw.push(u8::try_from(payload.len()).unwrap());
        let body = encode(&raw);
        let length = digits_of(u32::try_from(body.len()).unwrap(), BASE36, 2);
        let head = format!("{prefix}{body}{version}{}", text(&length));
        let sum = digits_of(crc32(head.as_bytes()), BASE36, 7);
        format!("{head}{}", text(&sum))
    }

    pub(crate) fn atlassian(&mut self, head: &str, alphabet: &[u8], count: usize, equals: &str) -> String {
        let body = format!("{head}{}{equals}", self.digits(alphabet, count));
        format!("{body}{:08X}", crc32(body.as_bytes()))
    }

    pub(crate) fn azure(&mut self) -> String {
        let data = self.bytes(28);
        let sum = (crc32(&data) ^ 0xe0b9_692d).to_le_bytes();
        let mut o = vec![0; 32];
        o[0..2].copy_from_slice(&data[0..2]);
        o[3..7].copy_from_slice(&data[2..6]);
        o[9..22].copy_from_slice(&data[6..19]);
        o[23..32].copy_from_slice(&data[19..28]);
        (o[22], o[8], o[7], o[2]) = (sum[0], sum[1], sum[2], sum[3]);
        BASE32_NOPAD.encode(&o).to_ascii_lowercase()
    }

    pub(crate) fn azure_key(&mut self) -> String {
        let head = format!("{}JQQJ99BKACAAAAAAAAAAAAAAAZDO", self.digits(BASE62, 52));
        let digits = azure_key_digits(&decode::base64(head.as_bytes()).unwrap());
        format!("{head}{}", text(&digits[..4]))
    }

    pub(crate) fn macaroon(&mut self, location: &str) -> String {
        let length = u8::try_from(location.len()).unwrap();
        let mut raw = [&[2, 1, length][..], location.as_bytes(), b"\x02\x24"].concat();
        raw.extend(self.digits(HEX, 36).as_bytes());
        raw.extend(b"\x00\x02\x04[3,]\x00\x00\x06\x20");
        raw.extend(self.bytes(32));
        format!("pypi-{}", encode(&raw))
    }

    /// Returns a private key of each kind, on one line as in a string of code.
    fn private_keys(&mut self) -> Vec<(&'static str, String)> {
        let mut key = |name, label: &str, start: &[u8]| {
            let raw = [start, &self.bytes(256)].concat();
            let body = BASE64.encode(&raw);
            (name, format!("-----BEGIN {label}PRIVATE KEY-----\\n{body}\\n-----END {label}PRIVATE KEY-----"))
        };
        let der = [0x30, 0x82, 0x01, 0x00];
        vec![
            key("private key", "", &der),
            key("RSA private key", "RSA ", &der),
            key("EC private key", "EC ", &der),
            key("DSA private key", "DSA ", &der),
            key("OpenSSH private key", "OPENSSH ", b"openssh-key-v1\0\0\0\0\x04none"),
        ]
    }

    pub(crate) fn password(&mut self) -> String {
        let mut password = self.digits(BASE62, 12);
        password.push_str("q7Z");
        password
    }
}

/// Encodes bytes as URL-safe base64 without padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// Returns an `Authorization: basic` header, as `actions/checkout` writes it.
pub(crate) fn basic(pair: &str) -> String {
    format!("AUTHORIZATION: basic {}", BASE64.encode(pair.as_bytes()))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Returns one token for each format that can be generated, with the name of its detector.
pub(crate) fn all(samples: &mut Samples) -> Vec<(&'static str, String)> {
    let web_token = samples.web_token();
    let key = samples.digits(BASE64_URL, 60);
    let short_key = samples.digits(BASE62, 20);
    let mut all = vec![
        ("GitHub personal access token", samples.crc("ghp_", 36)),
        ("GitHub OAuth token", samples.crc("gho_", 36)),
        ("GitHub user-to-server token", samples.crc("ghu_", 36)),
        ("GitHub refresh token", samples.crc("ghr_", 76)),
        ("GitHub refresh token", samples.crc("ghr_", 36)),
        ("GitHub server-to-server token", samples.crc("ghs_", 36)),
        ("GitHub server-to-server token", format!("ghs_368762_{web_token}")),
        ("GitHub user-to-server token", format!("ghu_368762_{web_token}")),
        ("GitLab job token", format!("glcbt-{web_token}")),
        ("GitLab personal access token", samples.routable("glpat-", ".01.")),
        ("GitLab personal access token", samples.routable("glpat-", ".")),
        ("GitLab runner token", samples.routable("glrt-t1_", ".01.")),
        ("GitLab token", samples.routable("acme-", ".01.")),
        ("Bitbucket app password", samples.atlassian("ATBB", BASE62, 24, "")),
        ("Bitbucket access token", samples.atlassian("ATCTT3xFfGN0", BASE64_URL, 170, "=")),
        ("Atlassian API token", samples.atlassian("ATATT3xFfGF0", BASE64_URL, 170, "=")),
        ("Azure DevOps token", samples.azure()),
        ("Azure DevOps token", samples.azure_key()),
        ("npm access token", samples.crc("npm_", 36)),
        ("PyPI API token", samples.macaroon("pypi.org")),
        ("TestPyPI API token", samples.macaroon("test.pypi.org")),
        ("OpenAI API key", format!("sk-proj-{key}T3BlbkFJ{key}")),
        ("OpenAI API key", format!("sk-svcacct-{key}T3BlbkFJ{key}")),
        ("OpenAI API key", format!("sk-admin-{key}T3BlbkFJ{key}")),
        ("OpenAI API key", format!("sk-{short_key}T3BlbkFJ{short_key}")),
        ("Anthropic admin key", format!("sk-ant-admin01-{}AA", samples.digits(BASE64_URL, 93))),
        ("Anthropic API key", format!("sk-ant-api03-{}AA", samples.digits(BASE64_URL, 93))),
    ];
    let raw = [samples.digits(b"123456789", 12).as_bytes(), b":", &samples.bytes(20)].concat();
    all.push(("Bitbucket Data Center token", format!("BBDC-{}", BASE64_NOPAD.encode(&raw))));
    all.extend(samples.private_keys());
    for detector in detectors() {
        all.extend(samples.of(detector).map(|token| (detector.name, token)));
    }
    all
}
