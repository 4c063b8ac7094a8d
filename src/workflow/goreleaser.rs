//! Configuration of goreleaser: which images a release pushes, and what it signs and lists.
//!
//! Source of the keys and their defaults: goreleaser.com, "Docker images", "Docker sign", "Ko" and "SBOMs".

use std::rc::Rc;

use super::attestation::attests_sbom;
use super::cosign::{names_key, uploads_nothing};
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
    (MANIFESTS, &["all", "manifests"]),
    (KOS, &["all", "manifests"]),
    ("dockers_v2", &["all", "images", "manifests", ""]),
];

/// Key of the images that join others, and that of those.
const MANIFESTS: &str = "docker_manifests";

/// Key of the images that ko builds.
const KOS: &str = "kos";

/// Images that a release of goreleaser pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::workflow) struct GoreleaserConfig {
    /// True if a release pushes images of Docker.
    pushes_docker: bool,
    /// True if it pushes images of ko.
    pushes_ko: bool,
    /// True if it signs each of them with `cosign`.
    pub(in crate::workflow) signs: bool,
    /// True if it signs one of them with a key only.
    pub(in crate::workflow) has_key: bool,
    /// True if it makes SBOMs of them.
    pub(in crate::workflow) makes_sbom: bool,
}

/// Entry that pushes an image, and the values of `artifacts` with which it is signed.
type PushedEntry = (&'static str, &'static [&'static str], Rc<Node>);

impl GoreleaserConfig {
    /// Parses a configuration; `None` if it is no YAML.
    pub(in crate::workflow) fn parse(text: &str) -> Option<Self> {
        let root = merged(&tree::parse(text.as_bytes(), false).root?);
        let items = |key: &str| root.get(key).and_then(|list| list.items()).unwrap_or_default().to_vec();
        let is_pushed =
            |image: &Rc<Node>| value(image, "skip_push") != "true" && value(image, "disable") != "true";
        let pushed: Vec<PushedEntry> = IMAGES
            .iter()
            .flat_map(|(key, by)| items(key).into_iter().map(|image| (*key, *by, image)))
            .filter(|(_, _, image)| is_pushed(image))
            .collect();
        let signs: Vec<Rc<Node>> = items("docker_signs").into_iter().filter(|sign| is_cosign(sign)).collect();
        let signed = |image: &PushedEntry, keyless: bool| {
            signs.iter().any(|sign| covers(sign, image) && !(keyless && has_key(sign)))
        };
        let all_signed = |keyless: bool| {
            pushed.iter().all(|image| {
                signed(image, keyless) || is_part(image, &pushed, &|whole| signed(whole, keyless))
            })
        };
        let makes_sbom = items("dockers").iter().any(|image| builds_with_sbom(image))
            || items("dockers_v2").iter().any(|image| value(image, "sbom") != "false")
            || items("kos").iter().any(|image| value(image, "sbom") != "none")
            || items("sboms").iter().any(|sbom| value(sbom, "artifacts") == "any");
        Some(Self {
            pushes_docker: pushed.iter().any(|(key, ..)| *key != KOS),
            pushes_ko: pushed.iter().any(|(key, ..)| *key == KOS),
            signs: !pushed.is_empty() && all_signed(false),
            has_key: !all_signed(true),
            makes_sbom,
        })
    }

    /// Returns whether a release with these arguments pushes images.
    pub(in crate::workflow) fn pushes(&self, arguments: &str) -> bool {
        let left_out = skipped(arguments);
        let is_made = |step| !left_out.contains(&step);
        self.pushes_docker && is_made("docker") || self.pushes_ko && is_made("ko")
    }
}

/// Returns whether an entry of `docker_signs` signs the images of an entry, whatever else happens.
fn covers(sign: &Node, (_, by, image): &PushedEntry) -> bool {
    let ids = words(sign, "ids");
    let is_named = ids.is_empty() && sign.get("ids").is_none_or(|ids| ids.is_null())
        || ids.iter().any(|id| id == value(image, "id"));
    let is_always = sign.get("if").is_none_or(|_| value(sign, "if") == "true");
    by.contains(&value(sign, "artifacts")) && is_named && is_always
}

/// Returns whether all names of an image are those of parts of signed manifests: a signature of the whole holds for them.
fn is_part(
    (key, _, image): &PushedEntry,
    all: &[PushedEntry],
    is_signed: &dyn Fn(&PushedEntry) -> bool,
) -> bool {
    let names = words(image, "image_templates");
    let wholes = all.iter().filter(|whole| whole.0 == MANIFESTS && is_signed(whole));
    let parts: Vec<String> = wholes.flat_map(|(_, _, whole)| words(whole, "image_templates")).collect();
    *key == "dockers" && !names.is_empty() && names.iter().all(|name| parts.contains(name))
}

/// Returns the steps that the arguments of a release leave out: `--skip=sign,docker`, `--skip-sign`.
pub(in crate::workflow) fn skipped(arguments: &str) -> Vec<&str> {
    let words: Vec<&str> = argument_words(arguments).collect();
    let joined = words.iter().filter_map(|word| word.strip_prefix("--skip="));
    let after = words.windows(2).filter_map(|pair| match pair {
        ["--skip", names] => Some(*names),
        _ => None,
    });
    let old = words.iter().filter_map(|word| word.strip_prefix("--skip-"));
    let old = old.filter_map(|word| match word.split_once('=') {
        Some((name, value)) => (!is_off(value)).then_some(name),
        None => Some(word),
    });
    joined
        .chain(after)
        .chain(old)
        .flat_map(|names| names.split(','))
        .map(|name| name.trim_matches(['"', '\'']))
        .collect()
}

/// Returns whether the arguments of a release make a snapshot of it, which is not pushed.
pub(in crate::workflow) fn is_snapshot(arguments: &str) -> bool {
    let values = argument_words(arguments).filter_map(|word| word.strip_prefix("--snapshot"));
    values.last().is_some_and(|value| match value.strip_prefix('=') {
        Some(value) => !is_off(value),
        None => value.is_empty(),
    })
}

fn argument_words(arguments: &str) -> impl Iterator<Item = &str> {
    arguments.split_whitespace().map(|word| word.trim_matches(['"', '\'']))
}

/// Returns whether the value of an option switches it off, as goreleaser reads it.
fn is_off(value: &str) -> bool {
    ["0", "f", "false"].iter().any(|off| value.eq_ignore_ascii_case(off))
}

/// Returns the text of a key, empty if it has none.
fn value<'n>(node: &'n Node, key: &str) -> &'n str {
    node.get(key).and_then(|value| value.trimmed()).unwrap_or_default()
}

fn words(node: &Node, key: &str) -> Vec<String> {
    let items = node.get(key).and_then(|list| list.items()).unwrap_or_default();
    items.iter().filter_map(|item| item.text()).map(str::to_owned).collect()
}

/// Returns whether an entry of `docker_signs` runs `cosign sign`, which is the default, and uploads the signature.
fn is_cosign(sign: &Node) -> bool {
    let command = value(sign, "cmd");
    let program = command.rsplit_once('/').map_or(command, |(_, name)| name);
    let arguments = words(sign, "args");
    let is_default = arguments.is_empty() && sign.get("args").is_none_or(|args| args.is_null());
    let is_sign = arguments.iter().find(|word| !word.starts_with('-')).is_some_and(|word| word == "sign");
    let uploads = !arguments.iter().any(|word| uploads_nothing(word));
    matches!(program, "" | "cosign") && (is_default || is_sign && uploads)
}

/// Returns whether an entry of `docker_signs` uses a key: named in `args`, in `env`, or the default of `args`.
fn has_key(sign: &Node) -> bool {
    let arguments = words(sign, "args");
    arguments.is_empty()
        || arguments.iter().any(|word| names_key(word))
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
            let marks = [config.pushes(""), config.signs, config.signs && config.has_key, config.makes_sbom];
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
