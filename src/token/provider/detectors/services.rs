//! Tokens of messaging, payment and other services.

use super::super::alphabet::{
    alnum, alnum_dash, any_hex, base64_url_or_dot, digit, hex, is_base64_url, lower_or_digit, slack_type,
    upper_or_digit,
};
use super::super::pattern::Detector;
use super::super::pattern::PatternPart::{self, Any, Run, Text};
use super::super::plausibility::{random_hex, varied};
use super::{base64_url, hex_digits, letters_and_digits, of, url_safe};

/// Detectors, those with the stricter format first.
pub(super) static DETECTORS: &[Detector] = &[
    url_safe("Slack", "Slack app token", XAPP, varied),
    url_safe(
        "Slack",
        "Slack token",
        &[Text("xox"), Run(slack_type, 1, 1), Text("-"), Run(alnum_dash, 20, 400)],
        varied,
    ),
    url_safe(
        "Slack",
        "Slack configuration token",
        &[Text("xoxe.xox"), Run(slack_type, 1, 1), Text("-"), Run(alnum_dash, 100, 400)],
        varied,
    ),
    url_safe("Slack", "Slack session cookie", &[Text("xoxd-"), Run(base64_url_or_percent, 100, 400)], varied),
    of(
        "Slack",
        "Slack webhook",
        &[
            Text("hooks.slack.com/"),
            Any(&["services/", "workflows/", "triggers/"]),
            Run(upper_or_digit, 8, 14),
            Text("/"),
            Run(upper_or_digit, 8, 20),
            Text("/"),
            Run(alnum, 18, 48),
        ],
        varied,
    ),
    url_safe(
        "Discord",
        "Discord webhook",
        &[
            Any(&["discord.com/api/webhooks/", "discordapp.com/api/webhooks/"]),
            Run(digit, 17, 20),
            Text("/"),
            Run(is_base64_url, 60, 80),
        ],
        varied,
    ),
    url_safe(
        "Telegram",
        "Telegram bot token",
        &[Run(digit, 8, 10), Text(":AA"), Run(is_base64_url, 32, 33)],
        varied,
    ),
    url_safe("Twilio", "SendGrid API key", &[Text("SG."), base64_url(22), Text("."), base64_url(43)], varied),
    of("Stripe", "Stripe secret key", &[Text("sk_live_"), Run(alnum, 20, 120)], varied),
    of("Stripe", "Stripe restricted key", &[Text("rk_live_"), Run(alnum, 20, 120)], varied),
    of("Shopify", "Shopify access token", &[Text("shpat_"), Run(any_hex, 32, 32)], random_hex),
    of("Shopify", "Shopify custom app token", &[Text("shpca_"), Run(any_hex, 32, 32)], random_hex),
    of("Shopify", "Shopify private app password", &[Text("shppa_"), Run(any_hex, 32, 32)], random_hex),
    of("Shopify", "Shopify shared secret", &[Text("shpss_"), Run(any_hex, 32, 32)], random_hex),
    url_safe("Square", "Square access token", &[Text("sq0atp-"), Run(is_base64_url, 22, 60)], varied),
    url_safe("Square", "Square application secret", &[Text("sq0csp-"), Run(is_base64_url, 43, 43)], varied),
    of(
        "Brevo",
        "Brevo API key",
        &[Text("xkeysib-"), hex_digits(64), Text("-"), letters_and_digits(16)],
        random_hex,
    ),
    of("Mailgun", "Mailgun API key", &[Text("key-"), hex_digits(32)], random_hex),
    of("MailerSend", "MailerSend API token", &[Text("mlsn."), Run(hex, 64, 64)], random_hex),
    of("Postman", "Postman API key", &[Text("PMAK-"), hex_digits(24), Text("-"), hex_digits(34)], random_hex),
    of(
        "Notion",
        "Notion integration token",
        &[Text("ntn_"), Run(digit, 11, 11), letters_and_digits(35)],
        varied,
    ),
    of("Linear", "Linear API key", &[Text("lin_api_"), letters_and_digits(40)], varied),
    of("Linear", "Linear OAuth token", &[Text("lin_oauth_"), hex_digits(64)], random_hex),
    url_safe("Figma", "Figma personal access token", &[Text("figd_"), Run(is_base64_url, 38, 42)], varied),
    url_safe("PostHog", "PostHog personal API key", &[Text("phx_"), Run(is_base64_url, 41, 49)], varied),
    of("ReadMe", "ReadMe API key", &[Text("rdme_"), Run(lower_or_digit, 70, 70)], varied),
    of("EasyPost", "EasyPost API key", &[Text("EZAK"), Run(alnum, 54, 54)], varied),
    url_safe("Duffel", "Duffel access token", &[Text("duffel_live_"), base64_url(43)], varied),
    url_safe("Frame.io", "Frame.io token", &[Text("fio-u-"), base64_url(64)], varied),
    of("Shippo", "Shippo API token", &[Text("shippo_live_"), Run(any_hex, 40, 40)], random_hex),
    url_safe("Contentful", "Contentful management token", &[Text("CFPAT-"), base64_url(43)], varied),
    of("Adafruit", "Adafruit IO key", &[Text("aio_"), Run(alnum, 28, 28)], varied),
    url_safe("Dropbox", "Dropbox access token", &[Text("sl."), Run(base64_url_or_dot, 130, 1500)], varied),
    of("Apify", "Apify API token", &[Text("apify_api_"), Run(alnum, 34, 38)], varied),
    of(
        "Paddle",
        "Paddle API key",
        &[
            Text("pdl_live_apikey_"),
            Run(lower_or_digit, 26, 26),
            Text("_"),
            letters_and_digits(22),
            Text("_"),
            letters_and_digits(3),
        ],
        varied,
    ),
];

const XAPP: &[PatternPart] = &[
    Text("xapp-"),
    Run(digit, 1, 1),
    Text("-"),
    Run(alnum, 5, 40),
    Text("-"),
    Run(digit, 5, 40),
    Text("-"),
    Run(hex, 20, 200),
];

/// Returns whether a byte is a digit of base64 in either alphabet, or part of its percent-encoded form.
fn base64_url_or_percent(byte: u8) -> bool {
    is_base64_url(byte) || matches!(byte, b'+' | b'/' | b'%' | b'=')
}
