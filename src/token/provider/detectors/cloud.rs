//! Tokens of clouds, hosting and databases.

use super::super::alphabet::{alnum, base64_digit, base64_url_or_dot, entra, hex, is_base64_url};
use super::super::pattern::Detector;
use super::super::pattern::PatternPart::{Any, Run, Text};
use super::super::plausibility::{azure_service, entra_secret, random_hex, varied};
use super::{base64, base64_url, hex_digits, letters_and_digits, of, url_safe};

/// Detectors, those with the stricter format first.
pub(super) static DETECTORS: &[Detector] = &[
    url_safe("Google", "Google API key", &[Text("AIza"), base64_url(35)], varied),
    url_safe("Google", "Google API key", &[Text("AQ.Ab8RN6"), base64_url(44)], varied),
    url_safe(
        "Google",
        "Google OAuth access token",
        &[Text("ya29."), Run(base64_url_or_dot, 30, 2000)],
        varied,
    ),
    url_safe("Google", "Google OAuth refresh token", &[Text("1//0"), Run(is_base64_url, 40, 400)], varied),
    url_safe("Google", "Google OAuth client secret", &[Text("GOCSPX-"), base64_url(28)], varied),
    of("DigitalOcean", "DigitalOcean personal access token", &[Text("dop_v1_"), hex_digits(64)], random_hex),
    of("DigitalOcean", "DigitalOcean OAuth token", &[Text("doo_v1_"), hex_digits(64)], random_hex),
    of("DigitalOcean", "DigitalOcean refresh token", &[Text("dor_v1_"), hex_digits(64)], random_hex),
    url_safe("Cloudflare", "Cloudflare user API token", &[Text("cfut_"), Run(is_base64_url, 32, 80)], varied),
    url_safe(
        "Cloudflare",
        "Cloudflare account API token",
        &[Text("cfat_"), Run(is_base64_url, 32, 80)],
        varied,
    ),
    url_safe("Cloudflare", "Cloudflare global API key", &[Text("cfk_"), Run(is_base64_url, 32, 80)], varied),
    url_safe("Cloudflare", "Cloudflare service token", &[Text("cfast_"), Run(is_base64_url, 32, 80)], varied),
    of(
        "Cloudflare",
        "Cloudflare origin CA key",
        &[Text("v1.0-"), hex_digits(24), Text("-"), hex_digits(146)],
        random_hex,
    ),
    of("Microsoft", "Azure storage account key", &[Text("AccountKey="), base64(86), Text("==")], varied),
    of("Microsoft", "Azure shared access key", &[Text("SharedAccessKey="), base64(43), Text("=")], varied),
    of(
        "Microsoft",
        "Azure key",
        &[letters_and_digits(52), Text("JQQJ9"), letters_and_digits(27)],
        azure_service,
    ),
    Detector {
        may_end_before: entra_end,
        ..of(
            "Microsoft",
            "Entra client secret",
            &[Run(entra, 3, 3), Any(Q_TILDE), Run(entra, 31, 34)],
            entra_secret,
        )
    },
    of("AWS", "Amazon Bedrock API key", &[Text("ABSK"), Run(base64_digit, 109, 269)], varied),
    of(
        "AWS",
        "Amazon Bedrock short-term API key",
        &[Text("bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t"), Run(base64_digit, 60, 4000)],
        varied,
    ),
    of("Alibaba Cloud", "Alibaba Cloud access key id", &[Text("LTAI"), Run(alnum, 17, 21)], varied),
    of("Databricks", "Databricks personal access token", &[Text("dapi"), hex_digits(32)], random_hex),
    of("Supabase", "Supabase access token", &[Text("sbp_"), hex_digits(40)], random_hex),
    of("Supabase", "Supabase access token", &[Text("sbp_v0_"), hex_digits(40)], random_hex),
    url_safe("Supabase", "Supabase secret key", &[Text("sb_secret_"), base64_url(31)], varied),
    url_safe(
        "PlanetScale",
        "PlanetScale service token",
        &[Text("pscale_tkn_"), Run(base64_url_or_dot, 32, 64)],
        varied,
    ),
    url_safe(
        "PlanetScale",
        "PlanetScale OAuth token",
        &[Text("pscale_oauth_"), Run(base64_url_or_dot, 32, 64)],
        varied,
    ),
    url_safe(
        "PlanetScale",
        "PlanetScale password",
        &[Text("pscale_pw_"), Run(base64_url_or_dot, 32, 64)],
        varied,
    ),
    of("Neon", "Neon API key", &[Text("napi_"), letters_and_digits(64)], varied),
    url_safe(
        "MongoDB",
        "MongoDB Atlas service account secret",
        &[Text("mdb_sa_sk_"), base64_url(40)],
        varied,
    ),
    of(
        "CockroachDB",
        "CockroachDB Cloud API key",
        &[Text("CCDB1_"), letters_and_digits(22), Text("_"), letters_and_digits(40)],
        varied,
    ),
    of("ClickHouse", "ClickHouse Cloud API secret", &[Text("4b1d"), letters_and_digits(38)], varied),
    of(
        "DataStax",
        "Astra application token",
        &[Text("AstraCS:"), Run(alnum, 20, 40), Text(":"), Run(hex, 64, 64)],
        random_hex,
    ),
    url_safe("Elastic", "Elastic Cloud API key", &[Text("essu_"), Run(is_base64_url, 60, 200)], varied),
    of("UpCloud", "UpCloud API token", &[Text("ucat_"), Run(alnum, 24, 32)], varied),
];

/// Mark in a client secret of Entra: a digit for the version, then `Q~`.
const Q_TILDE: &[&str] = &["0Q~", "1Q~", "2Q~", "3Q~", "4Q~", "5Q~", "6Q~", "7Q~", "8Q~", "9Q~"];

fn entra_end(next: u8) -> bool {
    !entra(next) || next == b'.'
}
