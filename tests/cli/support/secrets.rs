//! Made-up secrets for tests, and a search for any part of one.

use std::collections::HashMap;

use data_encoding::BASE64;

const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Generator of pseudo-random numbers, the same in each run.
#[derive(Default)]
pub(crate) struct Draw {
    state: u64,
}

impl Draw {
    /// Creates a generator whose numbers depend on a seed only.
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Returns a number below a bound.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.state >> 33).unwrap() % bound
    }

    /// Returns one of the characters of an alphabet in ASCII.
    pub(crate) fn one_of(&mut self, alphabet: &str) -> char {
        char::from(alphabet.as_bytes()[self.below(alphabet.len())])
    }
}

/// Generator of secrets. Keeps each window of five characters (more if encoded) of a secret, to find parts of
/// it.
#[derive(Default)]
pub(crate) struct Secrets {
    draw: Draw,
    windows: HashMap<Vec<u8>, String>,
}

impl Secrets {
    /// Returns pseudo-random letters and digits, the same in each run.
    fn random(&mut self, count: usize) -> String {
        let letters = std::str::from_utf8(LETTERS).unwrap();
        (0..count).map(|_| self.draw.one_of(letters)).collect()
    }

    /// Records the letters after a prefix as the secret of a place: in plain text, percent-encoded and in
    /// base64. Returns the prefix with the letters.
    fn keep(&mut self, place: &str, prefix: &str, letters: &str) -> String {
        let percent = letters.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02x}"));
        let plain = letters.to_ascii_lowercase();
        let texts = [(plain, 5), (percent, 15)];
        let encoded = (0..3).map(|before| {
            let text = BASE64.encode(&[&b"xxx"[..before], letters.as_bytes()].concat());
            (text[4..text.len() - 4].to_ascii_lowercase(), 6)
        });
        for (text, size) in texts.into_iter().chain(encoded) {
            for window in text.as_bytes().windows(size) {
                self.windows.insert(window.to_vec(), place.to_owned());
            }
        }
        format!("{prefix}{letters}")
    }

    /// Returns a password that has no provider's format, and is a secret only because of its position.
    pub(crate) fn password(&mut self, place: &str) -> String {
        let letters = self.random(18);
        self.keep(place, "", &letters)
    }

    /// Returns a URL with a password.
    pub(crate) fn url(&mut self, place: &str) -> String {
        let password = self.password(place);
        format!("https://bot:{password}@git.host.io/w.git")
    }

    /// Returns a token that can be recognised by its format, of one of three providers.
    pub(crate) fn token(&mut self, place: &str) -> String {
        match self.windows.len() % 3 {
            0 => self.github(place),
            1 => {
                let letters: String =
                    self.random(40).replace(['0', 'I', 'O', 'l'], "").chars().take(20).collect();
                self.keep(place, "glpat-", &letters)
            }
            _ => {
                let letters = self.random(45) + "q2";
                self.keep(place, "xoxb-", &letters)
            }
        }
    }

    /// Returns a GitHub token, whose last six characters are a checksum.
    pub(crate) fn github(&mut self, place: &str) -> String {
        let body = self.random(30);
        let mut sum = crc32(body.as_bytes());
        let mut digits = [0; 6];
        for digit in digits.iter_mut().rev() {
            *digit = LETTERS[usize::try_from(sum % 62).unwrap()];
            sum /= 62;
        }
        let letters = body + std::str::from_utf8(&digits).unwrap();
        self.keep(place, "ghp_", &letters)
    }

    /// Returns the place of each secret that a text shows, with the text around its first occurrence.
    pub(crate) fn shown_in(&self, text: &[u8]) -> Vec<String> {
        let lower = text.to_ascii_lowercase();
        let mut shown: Vec<String> = Vec::new();
        for size in [5, 6, 15] {
            for (at, window) in lower.windows(size).enumerate() {
                let Some(place) = self.windows.get(window) else { continue };
                if !shown.iter().any(|line| line.starts_with(&format!("{place}: "))) {
                    let around = &text[at.saturating_sub(60)..(at + 60).min(text.len())];
                    shown.push(format!("{place}: {}", String::from_utf8_lossy(around)));
                }
            }
        }
        shown
    }
}

/// Returns the CRC-32 of ISO-HDLC, computed bit by bit.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let fold = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), fold))
}
