//! Texts that occur in tokens, and are searched for.

/// Keywords that lead to a token, each with its offset in the token.
///
/// None is a prefix of another, and all are case-sensitive: a search that ignores case costs four times as
/// much.
pub(crate) const KEYWORDS: &[(&str, usize)] = &[
    ("ghp_", 0),
    ("gho_", 0),
    ("ghu_", 0),
    ("ghs_", 0),
    ("ghr_", 0),
    ("github_pat_", 0),
    ("glpat-", 0),
    ("gldt-", 0),
    ("glrt-", 0),
    ("glrtr-", 0),
    ("glft-", 0),
    ("glsoat-", 0),
    ("glffct-", 0),
    ("glwt-", 0),
    ("glcbt-", 0),
    ("glptt-", 0),
    ("glimt-", 0),
    ("glagent-", 0),
    ("gloas-", 0),
    ("GR1348941", 0),
    ("ATBB", 0),
    ("ATCTT3xFfGN0", 0),
    ("ATATT3xFfGF0", 0),
    ("BBDC-", 0),
    ("AZDO", 76),
    ("npm_", 0),
    ("pypi-AgE", 0),
    ("cio", 0),
    ("hf_", 0),
    ("sk-proj-", 0),
    ("sk-svcacct-", 0),
    ("sk-admin-", 0),
    ("T3BlbkFJ", 23),
    ("sk-ant-", 0),
    ("xoxa-", 0),
    ("xoxb-", 0),
    ("xoxe-", 0),
    ("xoxo-", 0),
    ("xoxp-", 0),
    ("xoxr-", 0),
    ("xoxs-", 0),
    ("xapp-", 0),
    ("dckr_", 0),
    ("AIza", 0),
    ("ya29.", 0),
    ("1//0", 0),
];

/// Separator inside a routable GitLab token. It is the keyword for such tokens with an unknown prefix.
pub(crate) const ROUTABLE: &str = ".01.";

/// Returns the part of a token after its keyword, or all of it if it starts with none.
pub(crate) fn body(token: &[u8]) -> &[u8] {
    let starts = KEYWORDS.iter().filter(|(_, distance)| *distance == 0);
    let bodies = starts.filter_map(|(keyword, _)| token.strip_prefix(keyword.as_bytes()));
    bodies.min_by_key(|body| body.len()).unwrap_or(token)
}
