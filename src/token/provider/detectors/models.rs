//! Tokens of providers of language models and machine learning.

use super::super::alphabet::{alnum, any_hex, is_base64_url, letter, lower_or_digit};
use super::super::pattern::Detector;
use super::super::pattern::PatternPart::{self, Any, Run, Text};
use super::super::plausibility::{anthropic, letters, open_ai, random_hex, varied};
use super::{base64_url, hex_digits, letters_and_digits, of, url_safe};

const KEY: PatternPart = Run(is_base64_url, 48, 200);

/// Detectors, those with the stricter format first.
pub(super) static DETECTORS: &[Detector] = &[
    of("Hugging Face", "Hugging Face token", &[Text("hf_"), Run(letter, 34, 34)], letters),
    of("Hugging Face", "Hugging Face organization token", &[Text("api_org_"), Run(letter, 34, 34)], letters),
    url_safe("OpenAI", "OpenAI API key", &[Text("sk-proj-"), KEY], open_ai),
    url_safe("OpenAI", "OpenAI API key", &[Text("sk-svcacct-"), KEY], open_ai),
    url_safe("OpenAI", "OpenAI API key", &[Text("sk-admin-"), KEY], open_ai),
    url_safe("OpenAI", "OpenAI API key", &[Text("sk-"), letters_and_digits(48)], open_ai),
    url_safe("Anthropic", "Anthropic API key", &[Text("sk-ant-api03-"), base64_url(95)], anthropic),
    url_safe("Anthropic", "Anthropic admin key", &[Text("sk-ant-admin01-"), base64_url(95)], anthropic),
    url_safe(
        "Anthropic",
        "Anthropic OAuth access token",
        &[Text("sk-ant-oat01-"), Run(is_base64_url, 80, 120)],
        varied,
    ),
    url_safe(
        "Anthropic",
        "Anthropic OAuth refresh token",
        &[Text("sk-ant-ort01-"), Run(is_base64_url, 80, 120)],
        varied,
    ),
    url_safe(
        "Anthropic",
        "Anthropic session key",
        &[Text("sk-ant-sid01-"), Run(is_base64_url, 80, 120)],
        varied,
    ),
    of("OpenRouter", "OpenRouter API key", &[Text("sk-or-v1-"), hex_digits(64)], random_hex),
    url_safe("MiniMax", "MiniMax API key", &[Text("sk-api-"), base64_url(119)], varied),
    url_safe(
        "Langfuse",
        "Langfuse secret key",
        &[
            Text("sk-lf-"),
            hex_digits(8),
            Text("-"),
            hex_digits(4),
            Text("-"),
            hex_digits(4),
            Text("-"),
            hex_digits(4),
            Text("-"),
            hex_digits(12),
        ],
        random_hex,
    ),
    of("Groq", "Groq API key", &[Text("gsk_"), letters_and_digits(52)], varied),
    url_safe("xAI", "xAI API key", &[Text("xai-"), Run(is_base64_url, 70, 120)], varied),
    of("Replicate", "Replicate API token", &[Text("r8_"), letters_and_digits(37)], varied),
    url_safe("NVIDIA", "NVIDIA API key", &[Text("nvapi-"), Run(is_base64_url, 60, 70)], varied),
    of("Perplexity", "Perplexity API key", &[Text("pplx-"), letters_and_digits(48)], varied),
    of(
        "LangChain",
        "LangSmith personal access token",
        &[Text("lsv2_pt_"), Run(any_hex, 32, 32), Text("_"), Run(any_hex, 10, 10)],
        random_hex,
    ),
    of(
        "LangChain",
        "LangSmith service key",
        &[Text("lsv2_sk_"), Run(any_hex, 32, 32), Text("_"), Run(any_hex, 10, 10)],
        random_hex,
    ),
    of(
        "Pinecone",
        "Pinecone API key",
        &[Text("pcsk_"), Run(alnum, 5, 6), Text("_"), letters_and_digits(63)],
        varied,
    ),
    url_safe(
        "Weights & Biases",
        "Weights & Biases API key",
        &[Text("wandb_v1_"), Run(is_base64_url, 70, 90)],
        varied,
    ),
    of("Cerebras", "Cerebras API key", &[Text("csk-"), Run(lower_or_digit, 48, 48)], varied),
    url_safe("Together AI", "Together AI API key", &[Text("tgp_v1_"), base64_url(43)], varied),
    of("Fireworks AI", "Fireworks AI API key", &[Any(&["fw_", "fpk_"]), Run(alnum, 22, 24)], varied),
    of("Tavily", "Tavily API key", &[Any(&["tvly-dev-", "tvly-prod-", "tvly-"]), Run(alnum, 32, 50)], varied),
    of("Jina AI", "Jina AI API key", &[Text("jina_"), Run(is_base64_url, 56, 64)], varied),
    of("RunPod", "RunPod API key", &[Text("rpa_"), Run(alnum, 40, 50)], varied),
    of("Firecrawl", "Firecrawl API key", &[Text("fc-"), hex_digits(32)], random_hex),
];
