//! Configuration of goreleaser: which images a release pushes, and what it signs and lists.
//!
//! Source of the keys and their defaults: goreleaser.com, "Docker images", "Docker sign", "Ko" and "SBOMs".

use std::rc::Rc;

use super::attestation::attests_sbom;
use super::yaml::merge_keys::merged;
use super::yaml::node::Node;
use super::yaml::tree;

/// Action whose configuration is followed.
pub(in crate::workflow) const GORELEASER: &str = "goreleaser/goreleaser-action";

/// Paths at which goreleaser looks for its configuration. Source: goreleaser.com, "Customization".
pub(in crate::workflow) const GORELEASER_FILES: &[&str] = &[
    ".config/goreleaser.yml",
    ".config/goreleaser.yaml",
    ".goreleaser.yml",
    ".goreleaser.yaml",
    "goreleaser.yml",
    "goreleaser.yaml",
];

/// Keys that list images, each with the values of `artifacts` with which `docker_signs` signs them.
const IMAGES: &[(&str, &[&str])] = &[
    ("dockers", &["all", "images"]),
    ("docker_manifests", &["all", "manifests"]),
    ("kos", &["all", "manifests"]),
    ("dockers_v2", &["all", "images", "manifests", ""]),
];

/// Images that a release of goreleaser pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::workflow) struct GoreleaserConfig {
    /// True if a release pushes images.
    pub(in crate::workflow) pushes: bool,
    /// True if it signs them with `cosign`.
    pub(in crate::workflow) signs: bool,
    /// True if it signs them with a key only.
    pub(in crate::workflow) has_key: bool,
    /// True if it makes SBOMs of them.
    pub(in crate::workflow) makes_sbom: bool,
}

impl GoreleaserConfig {
    /// Parses a configuration; `None` if it is no YAML.
    pub(in crate::workflow) fn parse(text: &str) -> Option<Self> {
        let root = merged(&tree::parse(text.as_bytes(), false).root?);
        let items = |key: &str| root.get(key).and_then(|list| list.items()).unwrap_or_default().to_vec();
        let is_pushed = |image: &Rc<Node>| value(image, "skip_push") != "true";
        let pushed: Vec<&(&str, &[&str])> =
            IMAGES.iter().filter(|(key, _)| items(key).iter().any(is_pushed)).collect();
        let covers = |sign: &Rc<Node>| pushed.iter().any(|(_, by)| by.contains(&value(sign, "artifacts")));
        let signs: Vec<Rc<Node>> =
            items("docker_signs").into_iter().filter(|sign| is_cosign(sign) && covers(sign)).collect();
        let makes_sbom = items("dockers").iter().any(|image| builds_with_sbom(image))
            || items("dockers_v2").iter().any(|image| value(image, "sbom") != "false")
            || items("kos").iter().any(|image| value(image, "sbom") != "none")
            || items("sboms").iter().any(|sbom| value(sbom, "artifacts") == "any");
        Some(Self {
            pushes: !pushed.is_empty(),
            signs: !signs.is_empty(),
            has_key: signs.iter().all(|sign| has_key(sign)),
            makes_sbom,
        })
    }
}

/// Returns the text of a key, empty if it has none.
fn value<'n>(node: &'n Node, key: &str) -> &'n str {
    node.get(key).and_then(|value| value.trimmed()).unwrap_or_default()
}

fn words(node: &Node, key: &str) -> Vec<String> {
    let items = node.get(key).and_then(|list| list.items()).unwrap_or_default();
    items.iter().filter_map(|item| item.text()).map(str::to_owned).collect()
}

/// Returns whether an entry of `docker_signs` runs `cosign sign`, which is the default.
fn is_cosign(sign: &Node) -> bool {
    let command = value(sign, "cmd");
    let program = command.rsplit_once('/').map_or(command, |(_, name)| name);
    let arguments = words(sign, "args");
    let is_default = arguments.is_empty() && sign.get("args").is_none_or(|args| args.is_null());
    matches!(program, "" | "cosign") && (is_default || arguments.iter().any(|word| word == "sign"))
}

/// Returns whether an entry of `docker_signs` uses a key: named in `args`, in `env`, or the default of `args`.
fn has_key(sign: &Node) -> bool {
    let arguments = words(sign, "args");
    let is_key = |word: &String| ["--key", "-key", "--sk"].iter().any(|start| word.starts_with(start));
    arguments.is_empty()
        || arguments.iter().any(is_key)
        || words(sign, "env").iter().any(|word| word.starts_with("COSIGN_KEY="))
}

/// Returns whether the flags of an image of `dockers` ask the builder for an SBOM.
fn builds_with_sbom(image: &Node) -> bool {
    words(image, "build_flag_templates").iter().any(|word| attests_sbom(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_signatures_and_sboms_are_read() {
        let found = |text: &str| {
            let config = GoreleaserConfig::parse(text).unwrap();
            let marks = [config.pushes, config.signs, config.signs && config.has_key, config.makes_sbom];
            marks.iter().zip("pskb".chars()).filter(|(is, _)| **is).map(|(_, mark)| mark).collect::<String>()
        };
        let keyless = "args: [sign, '${artifact}@${digest}', --yes]";
        for (text, expected) in [
            ("builds: [x]".to_owned(), ""),
            ("dockers: [{image_templates: [x]}]".to_owned(), "p"),
            ("# dockers: [x]\nx: 'dockers: y'".to_owned(), ""),
            ("dockers: [{skip_push: true}]".to_owned(), ""),
            (format!("dockers: [x]\ndocker_signs: [{{artifacts: all, {keyless}}}]"), "ps"),
            (format!("dockers: [x]\ndocker_signs: [{{artifacts: images, cmd: cosign, {keyless}}}]"), "ps"),
            (format!("dockers: [x]\ndocker_signs: [{{artifacts: none, {keyless}}}]"), "p"),
            (format!("dockers: [x]\ndocker_signs: [{{artifacts: manifests, {keyless}}}]"), "p"),
            (format!("dockers: [x]\ndocker_signs: [{{{keyless}}}]"), "p"),
            (format!("dockers_v2: [{{sbom: false}}]\ndocker_signs: [{{{keyless}}}]"), "ps"),
            (format!("kos: [{{sbom: none}}]\ndocker_signs: [{{artifacts: all, {keyless}}}]"), "ps"),
            ("dockers: [x]\n# docker_signs: [{artifacts: all, cmd: cosign, args: [sign]}]".to_owned(), "p"),
            ("dockers: [x]\ndocker_signs: [{artifacts: all}]".to_owned(), "psk"),
            ("dockers: [x]\ndocker_signs: [{artifacts: all, args: [sign, --key=x]}]".to_owned(), "psk"),
            (
                format!("dockers: [x]\ndocker_signs: [{{artifacts: all, env: [COSIGN_KEY=x], {keyless}}}]"),
                "psk",
            ),
            (format!("dockers: [x]\ndocker_signs: [{{artifacts: all, cmd: notation, {keyless}}}]"), "p"),
            ("dockers: [x]\ndocker_signs: [{artifacts: all, args: [attest, x]}]".to_owned(), "p"),
            ("dockers: [x]\nsboms: [{artifacts: archive}]".to_owned(), "p"),
            ("dockers: [x]\nsboms: [{}]".to_owned(), "p"),
            ("dockers: [x]\nsboms: [{artifacts: any, cmd: syft}]".to_owned(), "pb"),
            ("dockers: [{build_flag_templates: [--sbom=true]}]".to_owned(), "pb"),
            ("dockers: [{build_flag_templates: ['--attest=type=sbom,disabled=true']}]".to_owned(), "p"),
            ("dockers_v2: [x]".to_owned(), "pb"),
            ("kos: [x]".to_owned(), "pb"),
        ] {
            assert_eq!(found(&text), expected, "{text}");
        }
        assert_eq!(GoreleaserConfig::parse("dockers: [x"), None);
    }
}
