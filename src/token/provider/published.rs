//! Tokens and keys in the documents of those who define them, which are copied into many repositories.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::detectors::{der_of_key, is_private_key};
use super::pattern::Detector;

/// SHA-256 digests, of a private key in DER or of a token as it is written, each with the document.
///
/// A value is listed only if its document is public, and made up the value to show a format.
const PUBLISHED: [(&str, &str); 24] = [
    ("80b885d1af82668ad76d1c5a1a916b5bfc23d247e2f7f450e45b5c1024843e96", "RFC 8410, section 10.3, first key"),
    (
        "78f1cd2051065b209431249093f218b0e01a5fd0b9e756db820d4893d9dbbf55",
        "RFC 8410, section 10.3, second key",
    ),
    ("152abe484b6f0aa434d0127c2cdc3fba48b95384a6e0f45704598c183fc79397", "RFC 9500, section 2.3, P-256"),
    ("a8f4c40bb82e320a20b896149384b99dbfe46ac7eb229c0991ab86e9810e9bc5", "RFC 9500, section 2.3, P-384"),
    ("bc45439de4bb00082492595b8f61e7f5fb8dfc38e846f27f25133d81ebbbc560", "RFC 9500, section 2.3, P-521"),
    (
        "a9477441220b6f3662de347448ab08d7eed73199735ed8ff45d1a60ddbd42995",
        "RFC 6979, section A.2.5, in PKCS #8",
    ),
    ("6c96130f130ab0d6d158397e24d2bcc1c9a5e73ae081f6e983f1c7b545d24a4c", "RFC 6749, section 4.1.4"),
    ("c97b628dec75065584b11efdb9fd733948ef8a47731c616cf43badd4f368fc38", "RFC 7662, section 2.1"),
    ("5d461d812fae8b3f4ae2c445c61322a429ef0c1ed9b1e25d7f753574d1cba870", "RFC 7592, section 2.1"),
    ("7f75367e7881255134e1375e723d1dea8ad5f6a4fdb79d938df1f1754a830606", "jwt.io, debugger"),
    ("da816f9f2c16e6c5390e7636cadc40c43551bf0bbcf8f36c65539e6633a9c5e8", "jwt.io, introduction"),
    (
        "797c0ce414586cc8eb6929afe947c720e3e4d351dd070a6fe39f630beaab3054",
        "GitHub REST API, installation tokens",
    ),
    ("f3465df121bff78afd652bbb42f376f22a0504fae8d1a240c26aae3de0148d34", "python-gitlab, usage of the API"),
    ("b9904b8ed45bc574ee1851896a4deb1ca049289603297d62ee474707136b6f17", "Django REST framework, source"),
    (
        "5cc1e9113bbaa7040c4e0fbe80ea6aa743e34add380c596abe5fe584ece883ec",
        "Django REST framework, documentation",
    ),
    ("56fb5326a1d72a4080d4870034ecac85b4ae1159f84b9bc458d46327083921e0", "Vagrant, insecure key pair, RSA"),
    (
        "c68c1b1e6727cd0ed7cf48b926e4d0ae7608a90b178406fe505bb359355baa93",
        "Vagrant, insecure key pair, Ed25519",
    ),
    ("33a6d3750d9a769b1c15ed2c4c2aa19f88fd673de6f98ca5327fb78639770e8d", "Docker Engine API, join token"),
    ("b5b17ca1d65733bbbdf82a5ca9164a549f0b077846125f397658b468c4292e16", "Docker Engine API, join token"),
    ("9ec0be036c22f06fc32c70cf32aac22a57d0970de0b7072381f49af5b81d11c2", "Docker Engine API, unlock key"),
    (
        "04d74b634ecdbb5fb8b64adcc60b02b91fb7257e91ba81bd62aa187b26436f45",
        "Amazon SNS, CreatePlatformApplication",
    ),
    (
        "c7e22046eb27bcc41281fcf8cb89f91bbbb2c27fc70bdb5d6ecf1066eb533e9c",
        "gRPC over HTTP2, example of a request",
    ),
    ("6bd9f3f364465c305708afac95016fd99615fe5c95fb7e4b6e9ccda797787fa1", "age(1)"),
    ("b3571d478999b981716036d9e624f7965d8e1748c991ed3eefe1aca14ff97bb8", "age-keygen(1)"),
];

/// Returns whether a token that a detector recognizes, or a key, is one that a document has published.
pub(super) fn is_published(detector: &Detector, token: &[u8]) -> bool {
    match is_private_key(detector) {
        true => der_of_key(token).is_some_and(|der| is_published_value(&der)),
        false => is_published_value(token),
    }
}

/// Returns whether a document has published a value.
pub(crate) fn is_published_value(value: &[u8]) -> bool {
    let digest = HEXLOWER.encode(&Sha256::digest(value));
    PUBLISHED.iter().any(|(known, _)| *known == digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_whole_and_different() {
        for (at, (digest, document)) in PUBLISHED.iter().enumerate() {
            assert!(HEXLOWER.decode(digest.as_bytes()).is_ok_and(|digest| digest.len() == 32), "{document}");
            assert!(PUBLISHED.iter().skip(at + 1).all(|(other, _)| other != digest), "{document}");
        }
    }

    #[test]
    fn published_values_are_known_whole() {
        let parts = ["23410913-abew", "fq.123483"];
        assert!(is_published_value(parts.concat().as_bytes()));
        for other in [parts[0], parts[1], "", "reg-23410913-abewfq.123484"] {
            assert!(!is_published_value(other.as_bytes()), "{other}");
        }
    }
}
