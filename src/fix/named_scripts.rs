//! Scripts that have a name in a file: targets of a Makefile, scripts of a `package.json` and the like.

use std::collections::HashSet;

use bstr::ByteSlice as _;

use crate::workflow::{Makefile, RecipeSyntax};

/// Script and the words by which it is called.
struct NamedScript {
    names: Vec<String>,
    text: String,
}

/// Returns the scripts of a file that words of a command reach, as one text; the whole file if its form is not
/// known.
///
/// Without a word that names a script, the first target of a Makefile is meant.
pub(super) fn reached(path: &str, text: &[u8], words: &[String]) -> String {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let lossy = text.to_str_lossy();
    if let Some(syntax) = RecipeSyntax::of(path) {
        return Makefile::parse(&lossy, syntax).scripts_named(words).join("\n");
    }
    let scripts = match name {
        "package.json" => json(text, "scripts"),
        "deno.json" | "deno.jsonc" => json(text, "tasks"),
        _ => return lossy.into_owned(),
    };
    let mut wanted: Vec<String> = words.to_vec();
    let (mut found, mut taken) = (String::new(), HashSet::new());
    while let Some(word) = wanted.pop() {
        for (at, script) in scripts.iter().enumerate() {
            if script.names.contains(&word) && taken.insert(at) {
                found.push_str(&script.text);
                found.push('\n');
                let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/');
                wanted.extend(script.text.split(|c| !is_part(c)).map(str::to_owned));
            }
        }
    }
    found
}

/// Returns the scripts of a JSON file below a key. `npm` runs those before and after one, too.
fn json(text: &[u8], key: &str) -> Vec<NamedScript> {
    let file: serde_json::Value = serde_json::from_slice(text).unwrap_or_default();
    let scripts = file.get(key).and_then(serde_json::Value::as_object).into_iter().flatten();
    let named = |(name, value): (&String, &serde_json::Value)| {
        let base = ["pre", "post"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        NamedScript {
            names: vec![name.clone(), base.to_owned()],
            text: value.as_str().unwrap_or_default().to_owned(),
        }
    };
    scripts.map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::reached;

    #[test]
    fn only_named_scripts_are_reached() {
        let make = "V := 1\nall: build\nbuild:\n\tcc x\nrelease: tag\n\t./x.sh\ntag:\n\tgit push\n";
        let npm =
            r#"{"scripts": {"test": "jest", "release": "npm run tag", "tag": "git push", "posttest": "x"}}"#;
        for (path, text, words, pushes) in [
            ("Makefile", make, "make", false),
            ("Makefile", make, "make build", false),
            ("sub/Makefile", make, "make release", true),
            ("package.json", npm, "npm test", false),
            ("package.json", npm, "npm run release", true),
            ("package.json", "no json", "npm test", false),
            ("noxfile.py", "git push", "nox", true),
        ] {
            let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
            assert_eq!(
                reached(path, text.as_bytes(), &words).contains("git push"),
                pushes,
                "{path} {words:?}"
            );
        }
        assert!(reached("package.json", npm.as_bytes(), &["test".to_owned()]).contains('x'));
    }
}
