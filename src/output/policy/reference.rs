//! Reference of all keys, as a table in Markdown.

use std::fmt::Write as _;

use super::{description, kind, words, yaml};
use crate::policy::{KeyKind, PolicyKey, keys};

/// Renders the reference of all keys.
pub(crate) fn reference() -> String {
    let mut text = "| key | value | default | meaning |\n|---|---|---|---|\n".to_owned();
    for key in keys() {
        let default = match (&key.default, key.required) {
            (_, true) => "required".to_owned(),
            (Some(value), _) => format!("`{}`", cell(&yaml(value))),
            (None, _) => String::new(),
        };
        let _ =
            writeln!(text, "| `{}` | {} | {default} | {} |", key.name(), kind(&key), cell(&meaning(&key)));
    }
    text
}

fn meaning(key: &PolicyKey) -> String {
    let mut text = description(key);
    let words: Vec<String> = words(key)
        .into_iter()
        .filter(|_| key.kind == KeyKind::Text)
        .map(|(word, meaning)| match meaning.trim_end_matches('.') {
            "" => format!("`{word}`"),
            meaning => format!("`{word}`: {}", meaning.split_whitespace().collect::<Vec<_>>().join(" ")),
        })
        .collect();
    if !words.is_empty() {
        let _ = write!(text, " {}.", words.join("; "));
    }
    text
}

/// Escapes a text for a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', r"\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_every_key() {
        let readme = include_str!("../../../README.md");
        let part =
            readme.split_once("<!-- policy keys:").and_then(|(_, rest)| rest.split_once("-->\n")).unwrap().1;
        let part = part.split_once("<!-- end of policy keys -->").unwrap().0;
        assert_eq!(part, reference(), "README.md, part `policy keys`: put this there:\n{}", reference());
    }
}
