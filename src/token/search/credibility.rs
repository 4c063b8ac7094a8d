//! Credibility of a value in the position of a secret.

use crate::token::credential_match::Strictness;
use crate::token::placeholder::{is_fixed, is_guessable, is_pattern, is_placeholder};
use crate::token::provider::alphabet::{base32_digit, is_base64_url};
use crate::token::provider::detectors::recognize;
use crate::token::provider::keywords::body;
use crate::token::provider::variety::{distinct, is_random, steps};

/// Minimum length of a token, in bytes; shorter values are user names.
const SHORTEST_TOKEN: usize = 8;

/// Returns whether a value in the position of a secret counts as one at the given strictness.
pub(crate) fn is_credible(value: &[u8], strictness: Strictness) -> bool {
    if is_placeholder(value) || is_placeholder(body(value)) {
        return false;
    }
    match strictness {
        Strictness::GitConfig => true,
        _ if is_pattern(value) => false,
        Strictness::Content => !is_guessable(value) || is_opaque(value) || is_plausible_token(value),
        Strictness::Example => is_plausible_token(value),
    }
}

/// Returns whether a value in the position of a secret looks like a token of any server: random, or at least 20
/// letters and digits without a word. Many forges issue hexadecimal or lower-case tokens without a prefix.
pub(crate) fn is_opaque(value: &[u8]) -> bool {
    is_random(value) || is_mixed(value)
}

/// Minimum length of a value of two classes of characters that counts as a token, in bytes.
const SHORTEST_MIX: usize = 20;

/// Returns whether a value consists of letters and digits, with several runs of each.
fn is_mixed(value: &[u8]) -> bool {
    let is_change =
        |pair: &&[u8]| matches!(pair, [one, other] if one.is_ascii_digit() != other.is_ascii_digit());
    value.len() >= SHORTEST_MIX
        && value.iter().all(u8::is_ascii_alphanumeric)
        && value.windows(2).filter(is_change).count() >= 4
        && distinct(value) >= 10
        && !steps(value)
}

/// Returns whether a detector recognizes all of a value, and the value passes its check.
fn is_plausible_token(value: &[u8]) -> bool {
    recognize(value).is_some_and(|detector| detector.is_plausible(value))
}

/// A part of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoginPart {
    User,
    Password,
}

/// Returns the secret of a login: the password, unless it is empty, a placeholder or fixed by the forge.
pub(crate) fn secret_of_login(
    user: &[u8],
    password: &[u8],
    strictness: Strictness,
) -> Option<(LoginPart, Vec<u8>)> {
    if is_credible(password, strictness) {
        return Some((LoginPart::Password, password.to_vec()));
    }
    // `x-oauth-basic` is used only with a token. With any other fixed password, the user is the secret if it
    // is too hard to guess for a name.
    let is_token = password == b"x-oauth-basic" && user.len() >= SHORTEST_TOKEN;
    let certain = (is_token || is_fixed(password) && !is_guessable(user)) && is_credible(user, strictness);
    (certain || is_token_as_user(user, strictness)).then(|| (LoginPart::User, user.to_vec()))
}

/// Returns whether a user name is in fact a token.
pub(crate) fn is_token_as_user(user: &[u8], strictness: Strictness) -> bool {
    let is_known = |token: &[u8]| {
        recognize(token)
            .is_some_and(|detector| strictness == Strictness::GitConfig || detector.is_plausible(token))
    };
    // An instance may add its own prefix before that of the forge.
    let mut after_hyphens = memchr::memchr_iter(b'-', user).map(|at| user.split_at(at + 1).1);
    !is_placeholder(user)
        && !is_bot(user)
        && (is_known(user)
            || after_hyphens.any(is_known)
            || strictness != Strictness::Example && is_drawn(user))
}

/// Returns whether a user name is that of an account which GitLab makes: for a token of a group or a project, as in
/// `project_42_bot_<random>`, or for a service, as in `service_account_group_42_<random>`.
fn is_bot(user: &[u8]) -> bool {
    let after_id = |name: &'_ [u8], kinds: [&[u8]; 2]| -> Option<usize> {
        let id = kinds.into_iter().find_map(|kind| name.strip_prefix(kind))?;
        let digits = id.iter().take_while(|byte| byte.is_ascii_digit()).count();
        (digits > 0).then_some(name.len() - id.len() + digits)
    };
    let kinds = [&b"group_"[..], b"project_"];
    if let Some(service) = user.strip_prefix(b"service_account_") {
        let name = after_id(service, kinds).map_or(service, |at| service.split_at(at).1);
        let name = name.strip_prefix(b"_").unwrap_or(name);
        return name.len() == 32 && name.iter().all(u8::is_ascii_hexdigit);
    }
    after_id(user, kinds).is_some_and(|at| user.split_at(at).1.starts_with(b"_bot"))
}

/// Returns whether a user name has the form of a token without a prefix, or at least one part of it looks
/// random: a name consists of words and numbers.
fn is_drawn(user: &[u8]) -> bool {
    let is_hex_40 = |token: &[u8]| token.len() == 40 && token.iter().all(u8::is_ascii_hexdigit);
    let is_base32_52 = || user.len() == 52 && user.iter().all(|byte| base32_digit(*byte));
    let is_name = user.len() >= 20 && user.iter().all(|byte| is_base64_url(*byte));
    is_hex_40(user) && distinct(user) >= 8
        || user.strip_prefix(b"v1.").is_some_and(is_hex_40)
        || is_name && user.split(|byte| !byte.is_ascii_alphanumeric()).any(is_random)
        || is_base32_52() && distinct(user) >= 12
}
