//! Tokens that are public by design: everyone who has the app, the page or the emulator has them.

use bstr::ByteSlice as _;

use super::pattern::Detector;
use crate::text::slice;
use crate::token::decode;

/// Texts in the settings that Google hands out for an app, in code for Firebase, and in pages with maps. Everyone who has
/// the app or the page can read these, the API key too.
const APP_SETTINGS: [&str; 13] = [
    "irebase",
    "mobilesdk_app_id",
    "messagingSenderId",
    "GOOGLE_APP_ID",
    "google_api_key",
    "maps.googleapis.com",
    "geo.API_KEY",
    "MAPS_API_KEY",
    "gmApiKey",
    "google-map",
    "google_map",
    "googleMap",
    "GoogleMap",
];

/// Number of bytes on either side of an API key in which the other settings are.
const SETTINGS: usize = 1500;

/// Parts of the names of keys that are no public ones, in lower case.
const SERVER_NAMES: [&str; 5] = ["gemini", "generative", "palm", "server", "vertex"];

/// Number of bytes before a key in which its name stands, on the same line.
const NAME: usize = 100;

/// Texts in a connection string for the emulator of a storage or a database, whose key is in its documentation. In lower
/// case.
const EMULATORS: [&str; 4] =
    ["accountname=devstoreaccount1", "//localhost", "//127.0.0.1", "//host.docker.internal"];

/// Texts in a connection string for a real account, in lower case.
const CLOUD: [&str; 2] = ["endpointsuffix=", ".windows.net"];

/// Number of bytes on either side of a key in which the rest of its connection string is.
const CONNECTION: usize = 200;

/// Returns whether a token is public by design: the API key of an app or a map, or the key of an emulator.
pub(super) fn is_public(detector: &Detector, text: &[u8], start: usize) -> bool {
    match detector.prefix() {
        "AIza" => {
            let near = slice(text, start.saturating_sub(SETTINGS)..(start + SETTINGS).min(text.len()));
            !is_of_server(text, start) && APP_SETTINGS.iter().any(|setting| near.contains_str(setting))
        }
        "AccountKey=" => {
            let string = connection_string(text, start).to_ascii_lowercase();
            let has_any = |signs: &[&str]| signs.iter().any(|sign| string.contains_str(sign));
            has_any(&EMULATORS) && !has_any(&CLOUD)
        }
        _ => false,
    }
}

/// Returns the connection string around a key: up to a blank, a quote or an angle bracket on either side.
fn connection_string(text: &[u8], start: usize) -> &[u8] {
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`<>".contains(byte);
    let before = slice(text, start.saturating_sub(CONNECTION)..start);
    let after = slice(text, start..(start + CONNECTION).min(text.len()));
    let before = before.iter().rev().take_while(|byte| !is_end(byte)).count();
    let after = after.iter().take_while(|byte| !is_end(byte)).count();
    slice(text, start - before..start + after)
}

/// Returns whether the name of a key on its line says that it belongs to a server.
fn is_of_server(text: &[u8], start: usize) -> bool {
    let line = slice(text, start.saturating_sub(NAME)..start)
        .rsplit(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    SERVER_NAMES.iter().any(|name| line.to_ascii_lowercase().contains_str(name))
}

/// Returns whether a JSON web token is one that a database hands out to everyone: of Supabase, for the role `anon`.
pub(crate) fn is_public_web_token(token: &[u8]) -> bool {
    let payload = token.split(|byte| *byte == b'.').nth(1).and_then(decode::base64);
    let claims = payload.and_then(|raw| serde_json::from_slice::<serde_json::Value>(&raw).ok());
    claims.is_some_and(|claims| {
        let claim = |name: &str| claims.get(name).and_then(serde_json::Value::as_str);
        claim("role") == Some("anon") && claim("iss").is_some_and(|issuer| issuer.starts_with("supabase"))
    })
}
