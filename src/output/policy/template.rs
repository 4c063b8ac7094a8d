//! New policy file: every key with its default, as a comment.

use std::fmt::Write as _;

use super::super::wording::wrapped;
use super::{description, words, yaml};
use crate::policy::{KeyKind, PolicyKey, keys};
use crate::rules::RULES;
use crate::text::escape;

/// Width of a line, in columns.
const WIDTH: usize = 100;

/// Choices for a new policy file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Template<'a> {
    /// Profile that is set; `None` leaves it to the default.
    pub(crate) profile: Option<&'a str>,
    /// True for a server, false for a clone.
    pub(crate) server: bool,
    /// Path of the JSON Schema that editors load, relative to the policy.
    pub(crate) schema: &'a str,
}

/// Renders a new policy file. Only a chosen profile is set; each other key is a comment that holds its default.
///
/// Without the first `# ` of each line, the keys have their defaults.
pub(crate) fn template(template: Template<'_>) -> String {
    let mut text = format!("# yaml-language-server: $schema={}\n#\n", template.schema);
    let place =
        if template.server { "on a server, and never read from what is pushed" } else { "in a clone" };
    let about = format!(
        "Policy of git-gate {place}. Each key is here with its default. To set one, remove the first `#` of its line, and \
         that of the lines above it which end with a colon and are less indented. `git gate policy check` says whether \
         the file is valid, `git gate policy show` what is in force."
    );
    comment(&mut text, "", &about);
    let schema = format!(
        "An editor that reads the first line needs the schema: `git gate policy schema > {}`",
        template.schema
    );
    comment(&mut text, "", &schema);
    let hardened = template.profile == Some("hardened");
    let keys = keys();
    for key in &keys {
        write(&mut text, key, template.profile, hardened);
    }
    text
}

fn write(text: &mut String, key: &PolicyKey, profile: Option<&str>, hardened: bool) {
    let depth = key.depth();
    let in_list = key.is_in_list() || key.path.iter().rev().skip(1).any(|name| name == "audit-log");
    // Keys of the items of a list are an explanation of it.
    let mark = if in_list { "# " } else { "" };
    let indent = "  ".repeat(depth);
    let name = key.path.last().map_or("", |name| name.trim_end_matches("[]"));
    if depth == 0 {
        text.push('\n');
    }
    let mut about = description(key);
    let words: Vec<String> = words(key)
        .iter()
        .filter(|_| key.kind == KeyKind::Text)
        .map(|(word, _)| format!("`{word}`"))
        .collect();
    if !words.is_empty() {
        let _ = write!(about, " One of: {}.", words.join(", "));
    }
    if in_list {
        let needed = if key.required { "" } else { " (optional)" };
        comment(text, &format!("{indent}# "), &format!("{name}{needed}: {about}"));
        return;
    }
    comment(text, if depth == 0 { "" } else { &indent }, &about_at(depth, &about));
    let value = key.default.as_ref().map(yaml).unwrap_or_default();
    match (key.path.as_slice(), profile) {
        ([top], Some(profile)) if top == "profile" => {
            let _ = writeln!(text, "profile: {profile}");
        }
        ([top], _) if top == "profile" => text.push_str("# profile: default\n"),
        ([top], _) if top == "rules" => {
            text.push_str("# rules:\n");
            for rule in RULES {
                let level = if hardened { "deny".to_owned() } else { rule.meta.default_level.to_string() };
                let _ = writeln!(
                    text,
                    "#   {:22} {level:6} # {}",
                    format!("{}:", rule.meta.id),
                    rule.meta.summary
                );
            }
        }
        _ => {
            let line = format!("# {mark}{indent}{name}: {value}");
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
}

/// Returns a description of a nested key: it stays a comment when the first mark of its line is removed.
fn about_at(depth: usize, about: &str) -> String {
    if depth == 0 { about.to_owned() } else { format!("# {about}") }
}

/// Writes a comment, wrapped, with an indent after the mark of each line.
fn comment(text: &mut String, indent: &str, about: &str) {
    let about = escape(about.as_bytes());
    let (lead, about) = match about.strip_prefix("# ") {
        Some(rest) => ("# ", rest),
        None => ("", about.as_str()),
    };
    let width = WIDTH - indent.len() - lead.len() - 2;
    for line in wrapped(about, width, 0).lines() {
        let _ = writeln!(text, "# {indent}{lead}{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    const FLAVOURS: [(Option<&str>, bool); 4] =
        [(None, false), (Some("hardened"), false), (None, true), (Some("hardened"), true)];

    /// Removes the first mark of each line that is a key with a value or a section, and of the rules.
    fn uncommented(text: &str) -> String {
        let body = text.split_once("\n\n").unwrap().1;
        let names: Vec<String> =
            keys().iter().map(|key| key.path.last().unwrap().trim_end_matches("[]").to_owned()).collect();
        let is_key = |line: &str| {
            let name = line.trim_start().split(':').next().unwrap().to_owned();
            line.contains(':') && (names.contains(&name) || RULES.iter().any(|rule| rule.meta.id == name))
        };
        let mut out = String::new();
        for line in body.lines() {
            let bare = line.strip_prefix("# ").filter(|bare| is_key(bare));
            out.push_str(bare.unwrap_or(line));
            out.push('\n');
        }
        out
    }

    #[test]
    fn every_flavour_is_valid_and_sets_only_its_profile() {
        for (profile, server) in FLAVOURS {
            let text = template(Template { profile, server, schema: "x.json" });
            let policy = Policy::parse(text.as_bytes(), "p.yml".as_ref()).unwrap();
            for rule in RULES {
                let expected =
                    if profile.is_some() { crate::report::Level::Deny } else { rule.meta.default_level };
                assert_eq!(policy.level(&rule.meta).0, expected, "{}", rule.meta.id);
            }
            let is_wide =
                |line: &&str| line.len() > WIDTH && !RULES.iter().any(|rule| line.contains(rule.meta.id));
            assert_eq!(text.lines().find(is_wide), None);
        }
    }

    #[test]
    fn keys_without_their_marks_have_the_defaults() {
        for (profile, server) in FLAVOURS {
            let text = uncommented(&template(Template { profile, server, schema: "x.json" }));
            let policy = Policy::parse(text.as_bytes(), "p.yml".as_ref())
                .map_err(|error| format!("{error}\n{text}"))
                .unwrap();
            let plain = Policy::default();
            let facts = |policy: &Policy| {
                format!(
                    "{:?} {:?} {:?} {:?} {:?}",
                    policy.refs, policy.workflows, policy.server, policy.limits, policy.pre_push
                )
            };
            assert_eq!(facts(&policy), facts(&plain), "{text}");
            let parsed: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
            let set = parsed.as_mapping().unwrap().len();
            assert_eq!(set, keys().iter().filter(|key| key.depth() == 0).count(), "{text}");
        }
    }
}
