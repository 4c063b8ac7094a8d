//! Options of builders that ask for attestations: `--sbom`, `type=sbom,generator=..`.

/// Returns whether an option or an attestation of a builder asks for an SBOM: `--sbom`, `--attest=type=sbom`,
/// `*.attest=type=sbom`, `type=sbom,generator=..`, and not `type=sbom,disabled=true`.
///
/// Source: docs.docker.com, "docker buildx build", `--attest` and `--sbom`.
pub(in crate::workflow) fn attests_sbom(option: &str) -> bool {
    let is_type = |field: &str| field == "type=sbom" || field.ends_with("=type=sbom");
    let is_named = match option.trim().strip_prefix("--sbom") {
        Some("") => true,
        Some(value) => value.strip_prefix('=').is_some_and(|value| !is_false(value) && value != "none"),
        None => fields(option).any(is_type),
    };
    is_named && !is_disabled(option)
}

/// Returns whether an attestation of a builder is switched off.
pub(in crate::workflow) fn is_disabled(option: &str) -> bool {
    let is_true =
        |value: &str| value == "1" || ["t", "true"].iter().any(|yes| value.eq_ignore_ascii_case(yes));
    fields(option).any(|field| {
        let field =
            field.rsplit_once("disabled=").filter(|(before, _)| before.is_empty() || before.ends_with('='));
        field.is_some_and(|(_, value)| is_true(value))
    })
}

/// Returns the fields of an option of a builder.
fn fields(option: &str) -> impl Iterator<Item = &str> {
    option.split(',').map(|field| field.trim().trim_matches(['"', '\'']))
}

/// Returns whether a value is false, as a text or as an expression.
pub(in crate::workflow) fn is_false(value: &str) -> bool {
    let inner = value.trim().strip_prefix("${{").and_then(|inner| inner.strip_suffix("}}"));
    inner.unwrap_or(value).trim().eq_ignore_ascii_case("false")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attestation_that_is_switched_off_is_none() {
        for (option, expected) in [
            ("--sbom", true),
            ("--sbom=true", true),
            ("--sbom=generator=x", true),
            ("type=sbom", true),
            ("type=sbom,generator=x", true),
            ("\"type=sbom,generator=x\"", true),
            ("type=sbom,disabled=false", true),
            ("--attest=type=sbom", true),
            ("*.attest=type=sbom", true),
            ("--sbom=false", false),
            ("--sbom=none", false),
            ("--sbom=disabled=true", false),
            ("--sbom-output-dir=x", false),
            ("type=sbom,disabled=true", false),
            ("disabled=1, type=sbom", false),
            ("*.attest=type=sbom,disabled=true", false),
            ("# type=sbom", false),
            ("type=sbomx", false),
            ("type=provenance,mode=max", false),
        ] {
            assert_eq!(attests_sbom(option), expected, "{option}");
        }
    }
}
