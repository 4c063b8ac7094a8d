//! Tokens of forges.

use super::super::alphabet::{
    alnum, base32_digit, base64_digit, base64_of_digit, base64_url_or_dot, digit, hex, is_base64_url, lower,
    lower_or_digit, upper_hex,
};
use super::super::checksum::{azure_devops, azure_key, crc_base62, crc_hex, routable};
use super::super::pattern::PatternPart::{self, Any, Run, Text};
use super::super::pattern::{Detector, PlausibilityCheck};
use super::super::plausibility::{atlassian_sum, data_center, devise, job, random_hex, stateless, varied};
use super::{hex_digits, of, url_safe};

/// Detectors, those with the stricter format first.
pub(super) static DETECTORS: &[Detector] = &[
    github("GitHub personal access token", &[Text("ghp_"), Run(alnum, 36, 36)], crc_base62),
    github("GitHub OAuth token", &[Text("gho_"), Run(alnum, 36, 36)], crc_base62),
    github("GitHub user-to-server token", &[Text("ghu_"), Run(alnum, 36, 36)], crc_base62),
    github("GitHub refresh token", &[Text("ghr_"), Run(alnum, 76, 76)], crc_base62),
    github("GitHub refresh token", &[Text("ghr_"), Run(alnum, 36, 36)], crc_base62),
    github("GitHub server-to-server token", GHS_STATELESS, stateless),
    github("GitHub user-to-server token", GHU_STATELESS, stateless),
    github("GitHub server-to-server token", &[Text("ghs_"), Run(alnum, 36, 36)], varied),
    github("GitHub server-to-server token", &[Text("ghs_"), Run(base64_url_or_dot, 37, 2000)], varied),
    github("GitHub fine-grained personal access token", FINE_GRAINED, varied),
    routable_gitlab("GitLab personal access token", &[Text("glpat-"), LONG, Text(".01."), TAIL]),
    routable_gitlab("GitLab personal access token", &[Text("glpat-"), LONG, Text("."), TAIL]),
    routable_gitlab("GitLab runner token", &[Text("glrt-"), LONG, Text(".01."), TAIL]),
    routable_gitlab("GitLab runner token", &[Text("glrt-"), LONG, Text("."), TAIL]),
    routable_gitlab("GitLab token", &[Text("gl"), Run(lower, 1, 8), Text("-"), LONG, Text(".01."), TAIL]),
    routable_gitlab("GitLab token", &[Text("gl"), Run(lower, 1, 8), Text("-"), LONG, Text("."), TAIL]),
    gitlab(
        "GitLab job token",
        &[Text("glcbt-"), Run(alnum, 1, 5), Text("_"), Run(is_base64_url, 20, 20)],
        varied,
    ),
    gitlab("GitLab job token", GLCBT_JWT, job),
    gitlab("GitLab personal access token", &[Text("glpat-"), DEVISE], devise),
    gitlab("GitLab deploy token", &[Text("gldt-"), DEVISE], devise),
    gitlab("GitLab runner token", &[Text("glrt-"), DEVISE], devise),
    gitlab("GitLab runner token", &[Text("glrt-t"), Run(digit, 1, 1), Text("_"), DEVISE], varied),
    gitlab("GitLab runner registration token", &[Text("glrtr-"), DEVISE], devise),
    gitlab("GitLab runner registration token", &[Text("GR1348941"), DEVISE], varied),
    gitlab("GitLab feed token", &[Text("glft-"), DEVISE], devise),
    gitlab("GitLab SCIM token", &[Text("glsoat-"), DEVISE], devise),
    gitlab("GitLab feature flag token", &[Text("glffct-"), DEVISE], devise),
    gitlab("GitLab workspace token", &[Text("glwt-"), DEVISE], devise),
    gitlab("GitLab trigger token", &[Text("glptt-"), Run(hex, 40, 40)], varied),
    gitlab("GitLab incoming mail token", &[Text("glimt-"), Run(is_base64_url, 25, 25)], varied),
    gitlab("GitLab agent token", &[Text("glagent-"), Run(is_base64_url, 50, 50)], varied),
    gitlab("GitLab OAuth application secret", &[Text("gloas-"), Run(is_base64_url, 64, 64)], varied),
    atlassian("Bitbucket app password", &[Text("ATBB"), Run(alnum, 24, 24), CRC_HEX], crc_hex),
    atlassian("Bitbucket access token", &[Text("ATCTT3xFfGN0"), BODY, EQUALS, CRC_HEX], atlassian_sum),
    atlassian("Atlassian API token", &[Text("ATATT3xFfGF0"), BODY, EQUALS, CRC_HEX], atlassian_sum),
    of("Atlassian", "Bitbucket Data Center token", BBDC, data_center),
    of("Microsoft", "Azure DevOps token", AZURE_KEY, azure_key),
    OLD_AZURE,
    of("Gitea", "Gitea OAuth2 client secret", &[Text("gto_"), Run(base32_digit, 52, 52)], varied),
    of(
        "Sourcegraph",
        "Sourcegraph access token",
        &[Text("sgp_"), hex_digits(16), Text("_"), hex_digits(40)],
        random_hex,
    ),
    of("Sourcegraph", "Sourcegraph access token", &[Text("sgp_local_"), hex_digits(40)], random_hex),
    of("Sourcegraph", "Sourcegraph access token", &[Text("sgp_"), hex_digits(40)], random_hex),
];

/// An Azure DevOps token of the old form: without a prefix, but with a checksum.
pub(crate) const OLD_AZURE: Detector =
    of("Microsoft", "Azure DevOps token", &[Run(base32_digit, 52, 52)], azure_devops);

/// A routable GitLab token with any prefix: an instance may set its own.
pub(crate) static ANY_ROUTABLE: Detector =
    routable_gitlab("GitLab token", &[Run(is_base64_url, 28, 340), Text(".01."), TAIL]);

const LONG: PatternPart = Run(is_base64_url, 27, 300);
const TAIL: PatternPart = Run(lower_or_digit, 9, 9);
const DEVISE: PatternPart = Run(is_base64_url, 20, 20);
const BODY: PatternPart = Run(is_base64_url, 80, 800);
const EQUALS: PatternPart = Any(&["=", "%3D", "%3d", "\\="]);
const CRC_HEX: PatternPart = Run(upper_hex, 8, 8);
const GHS_STATELESS: &[PatternPart] =
    &[Text("ghs_"), Run(digit, 1, 12), Text("_eyJ"), PART, Text("."), PART, Text("."), PART];
const GHU_STATELESS: &[PatternPart] =
    &[Text("ghu_"), Run(digit, 1, 12), Text("_eyJ"), PART, Text("."), PART, Text("."), PART];
const GLCBT_JWT: &[PatternPart] = &[Text("glcbt-eyJ"), PART, Text("."), PART, Text("."), PART];
const PART: PatternPart = Run(is_base64_url, 1, 8000);
const FINE_GRAINED: &[PatternPart] =
    &[Text("github_pat_"), Run(digit, 1, 1), Run(alnum, 21, 21), Text("_"), Run(alnum, 59, 59)];
const BBDC: &[PatternPart] = &[Text("BBDC-"), Run(base64_of_digit, 1, 1), Run(base64_digit, 43, 43)];
const AZURE_KEY: &[PatternPart] = &[Run(alnum, 76, 76), Text("AZDO"), Run(alnum, 4, 4)];

const fn github(name: &'static str, pattern: &'static [PatternPart], check: PlausibilityCheck) -> Detector {
    of("GitHub", name, pattern, check)
}

const fn gitlab(name: &'static str, pattern: &'static [PatternPart], check: PlausibilityCheck) -> Detector {
    url_safe("GitLab", name, pattern, check)
}

const fn routable_gitlab(name: &'static str, pattern: &'static [PatternPart]) -> Detector {
    gitlab(name, pattern, routable)
}

const fn atlassian(
    name: &'static str,
    pattern: &'static [PatternPart],
    check: PlausibilityCheck,
) -> Detector {
    of("Atlassian", name, pattern, check)
}
