//! Tokens generated for tests. None is in the source, so that token scanners do not report this repository.

use data_encoding::{BASE32_NOPAD, BASE64, BASE64_NOPAD, BASE64URL_NOPAD};

use super::checksum::{BASE36, BASE62, azure_key_digits, crc32, digits_of};
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

    pub(crate) fn macaroon(&mut self) -> String {
        let mut raw = b"\x02\x01\x08pypi.org\x02\x24".to_vec();
        raw.extend(self.digits(HEX, 36).as_bytes());
        raw.extend(b"\x00\x02\x04[3,]\x00\x00\x06\x20");
        raw.extend(self.bytes(32));
        format!("pypi-{}", encode(&raw))
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
    let b62 = BASE62;
    let web_token = samples.web_token();
    let key = samples.digits(BASE64_URL, 60);
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
        ("GitLab job token", format!("glcbt-64_{}", samples.digits(DEVISE, 20))),
        ("GitLab personal access token", samples.routable("glpat-", ".01.")),
        ("GitLab personal access token", samples.routable("glpat-", ".")),
        ("GitLab runner token", samples.routable("glrt-t1_", ".01.")),
        ("GitLab token", samples.routable("acme-", ".01.")),
        ("GitLab trigger token", format!("glptt-{}", samples.digits(HEX, 40))),
        ("GitLab incoming mail token", format!("glimt-{}", samples.digits(DEVISE, 25))),
        ("GitLab agent token", format!("glagent-{}", samples.digits(BASE64_URL, 50))),
        ("GitLab OAuth application secret", format!("gloas-{}", samples.digits(HEX, 64))),
        ("GitLab runner registration token", format!("GR1348941{}", samples.digits(DEVISE, 20))),
        ("Bitbucket app password", samples.atlassian("ATBB", b62, 24, "")),
        ("Bitbucket access token", samples.atlassian("ATCTT3xFfGN0", BASE64_URL, 170, "=")),
        ("Atlassian API token", samples.atlassian("ATATT3xFfGF0", BASE64_URL, 170, "=")),
        ("Azure DevOps token", samples.azure()),
        ("Azure DevOps token", samples.azure_key()),
        ("npm access token", samples.crc("npm_", 36)),
        ("PyPI API token", samples.macaroon()),
        ("crates.io API token", format!("cio{}", samples.digits(b62, 32))),
        ("Hugging Face token", format!("hf_{}", samples.digits(&b62[10..], 34))),
        ("OpenAI API key", format!("sk-proj-{key}T3BlbkFJ{key}")),
        ("OpenAI API key", format!("sk-svcacct-{key}T3BlbkFJ{key}")),
        ("OpenAI API key", format!("sk-admin-{key}T3BlbkFJ{key}")),
        ("OpenAI API key", format!("sk-{0}T3BlbkFJ{0}", samples.digits(b62, 20))),
        ("Anthropic admin key", format!("sk-ant-admin01-{}AA", samples.digits(BASE64_URL, 93))),
        ("Anthropic API key", format!("sk-ant-api03-{}AA", samples.digits(BASE64_URL, 93))),
        ("Slack token", format!("xoxb-{}-{}", samples.digits(b"123456789", 12), samples.digits(b62, 24))),
        ("Docker personal access token", format!("dckr_pat_{}", samples.digits(b62, 27))),
        ("Docker organization access token", format!("dckr_oat_{}", samples.digits(b62, 32))),
        ("Google API key", format!("AIza{}", samples.digits(b62, 35))),
        ("Google OAuth access token", format!("ya29.{}", samples.digits(BASE64_URL, 60))),
        ("Google OAuth refresh token", format!("1//0{}", samples.digits(b62, 50))),
        (
            "GitHub fine-grained personal access token",
            format!("github_pat_1{}_{}", samples.digits(b62, 21), samples.digits(b62, 59)),
        ),
        (
            "Slack app token",
            format!(
                "xapp-1-A{}-{}-{}",
                samples.digits(b"0123456789", 9),
                samples.digits(b"123456789", 13),
                samples.digits(HEX, 64)
            ),
        ),
    ];
    for (name, prefix) in [
        ("GitLab personal access token", "glpat-"),
        ("GitLab deploy token", "gldt-"),
        ("GitLab runner token", "glrt-"),
        ("GitLab runner token", "glrt-t1_"),
        ("GitLab runner registration token", "glrtr-"),
        ("GitLab feed token", "glft-"),
        ("GitLab SCIM token", "glsoat-"),
        ("GitLab feature flag token", "glffct-"),
        ("GitLab workspace token", "glwt-"),
    ] {
        all.push((name, format!("{prefix}{}", samples.digits(DEVISE, 20))));
    }
    let raw = [samples.digits(b"123456789", 12).as_bytes(), b":", &samples.bytes(20)].concat();
    all.push(("Bitbucket Data Center token", format!("BBDC-{}", BASE64_NOPAD.encode(&raw))));
    all
}
