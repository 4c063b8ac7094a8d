//! The order of the rooms: `use` and inline paths may only point down the table below, and the files of a room form
//! no circle of more than two.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Rooms of `src/`, the lowest first. A room may use those above it in this list, and those only.
const ROOMS: &[&str] = &[
    "platform",
    "error",
    "env",
    "file",
    "text",
    "cli",
    "parallel",
    "git",
    "config",
    "report",
    "signature",
    "signoff",
    "token",
    "workflow",
    "hook",
    "rules",
    "policy",
    "output",
    "install",
    "judge",
    "server",
    "fix",
    "commands",
];

/// Paths of the modules that each file uses, without those of its tests; keys and values like `git::refs::list`.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut texts = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if let Some(name) = name.strip_suffix(".rs").filter(|name| !name.contains("tests")) {
                let module = name.strip_suffix("/mod").unwrap_or(name).replace('/', "::");
                let text = std::fs::read_to_string(&path).unwrap();
                let code: Vec<&str> =
                    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
                let code = code.join("\n");
                texts.insert(module, code.split("\n#[cfg(test)]\nmod ").next().unwrap().to_owned());
            }
        }
    }
    texts.keys().map(|module| (module.clone(), used(module, &texts))).collect()
}

/// Modules that a file uses: those of its paths that begin with `crate`, `super` or a child module.
fn used(module: &str, texts: &BTreeMap<String, String>) -> BTreeSet<String> {
    let text = &texts[module];
    let mut paths: Vec<String> = trees(text).flat_map(|(_, tree)| expand("", &tree)).collect();
    for start in ["crate::", "super::"] {
        let inline = text.match_indices(start).map(|(at, _)| &text[at..]);
        let end = |rest: &str| rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
        paths.extend(inline.map(|rest| rest[..end(rest).unwrap_or(rest.len())].to_owned()));
    }
    let homes = paths.iter().filter_map(|path| home(&absolute(module, path, texts)?, texts));
    homes.filter(|used| used != module).collect()
}

/// Trees of the `use` items of a text, without blanks, each with the word before `use`.
fn trees(text: &str) -> impl Iterator<Item = (&str, String)> {
    let items = text.match_indices("use ").map(|(at, _)| (&text[..at], &text[at + 4..]));
    items.filter(|(before, _)| before.ends_with(['\n', ' ', ')'])).map(|(before, rest)| {
        let line = before.rsplit('\n').next().unwrap();
        let mut words = rest.split(';').next().unwrap().split_whitespace();
        let mut tree = String::new();
        while let Some(word) = words.next() {
            match word {
                "as" => tree.extend(words.next().unwrap().chars().filter(|c| ",}".contains(*c))),
                word => tree.push_str(word),
            }
        }
        (line.trim(), tree)
    })
}

/// The path from the root of the crate; `None` for a path into another crate.
fn absolute(module: &str, path: &str, texts: &BTreeMap<String, String>) -> Option<String> {
    let mut base: Vec<&str> = module.split("::").collect();
    let mut rest = path.split("::").peekable();
    match *rest.peek()? {
        "crate" => base.clear(),
        "super" => drop(base.pop()),
        first if texts.contains_key(&format!("{module}::{first}")) => {
            return Some(format!("{module}::{path}"));
        }
        _ => return None,
    }
    rest.next();
    base.extend(rest);
    Some(base.join("::"))
}

/// The module in which the item of a path is defined, through the `pub use` of the modules on the way.
fn home(path: &str, texts: &BTreeMap<String, String>) -> Option<String> {
    let ends = path.match_indices("::").map(|(at, _)| at).chain([path.len()]);
    let module = ends.map(|end| &path[..end]).filter(|prefix| texts.contains_key(*prefix)).last()?;
    let name = path[module.len()..].split("::").nth(1).unwrap_or_default();
    let shown = trees(&texts[module]).filter(|(before, _)| before.starts_with("pub"));
    let mut shown = shown.flat_map(|(_, tree)| expand("", &tree));
    let shown = shown.find(|path| path.rsplit("::").next() == Some(name) && !name.is_empty());
    let behind = shown.and_then(|path| home(&absolute(module, &path, texts)?, texts));
    Some(behind.unwrap_or_else(|| module.to_owned()))
}

/// Expands a `use` tree into the paths that it names.
fn expand(prefix: &str, tree: &str) -> Vec<String> {
    let Some((head, rest)) = tree.split_once('{') else {
        return vec![format!("{prefix}{tree}").trim_end_matches("::self").to_owned()];
    };
    let (prefix, mut depth, mut start, mut paths) = (format!("{prefix}{head}"), 0, 0, Vec::new());
    for (at, c) in rest.char_indices() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if depth < 0 || depth == 0 && c == ',' {
            paths.extend(expand(&prefix, &rest[start..at]));
            start = at + 1;
        }
    }
    paths
}

fn room(module: &str) -> &str {
    module.split("::").next().unwrap()
}

#[test]
fn arrows_between_rooms_point_down() {
    let place = |module: &str| ROOMS.iter().position(|name| *name == room(module));
    let upward: Vec<String> = imports()
        .iter()
        .filter(|(module, _)| !["lib", "main"].contains(&module.as_str()))
        .flat_map(|(module, used)| used.iter().map(move |used| (module, used)))
        .filter(|(module, used)| {
            room(module) != room(used)
                && (place(module).is_none() || place(used).is_none() || place(module) < place(used))
        })
        .map(|(module, used)| format!("{module} uses {used}"))
        .collect();
    assert!(upward.is_empty(), "arrows that run up, or rooms missing in the table:\n{}", upward.join("\n"));
}

#[test]
fn no_circle_of_more_than_two_files() {
    let imports = imports();
    let mut circles = BTreeSet::new();
    for start in imports.keys() {
        let reached = reachable(start, &imports);
        let circle: BTreeSet<&String> =
            reached.iter().filter(|other| reachable(other, &imports).contains(start)).collect();
        if circle.len() > 2 {
            circles.insert(format!("{circle:?}"));
        }
    }
    assert!(circles.is_empty(), "{circles:#?}");
}

/// Modules of the same room that a module uses, directly or not; a module and its `mod.rs` are one way only, because a
/// `mod.rs` names its children to show them.
fn reachable(start: &str, imports: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut next = vec![start.to_owned()];
    while let Some(module) = next.pop() {
        for used in imports.get(&module).into_iter().flatten() {
            let own_child = used.starts_with(&format!("{module}::"));
            if room(used) == room(start) && !own_child && reached.insert(used.clone()) {
                next.push(used.clone());
            }
        }
    }
    reached
}

#[test]
fn only_the_lowest_room_names_a_system() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    // Neither git nor the shell takes what `canonicalize` returns on Windows.
    let of_systems = [
        "std::os::",
        "rustix",
        "signal_hook",
        "Formatter3164",
        "winapi_util",
        "cfg(unix)",
        "cfg(windows)",
        "cfg(target_",
        "canonicalize(",
    ];
    let (mut folders, mut found) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.starts_with(root.join("platform")) {
                let text = std::fs::read_to_string(&path).unwrap();
                let named = of_systems.iter().filter(|name| text.contains(*name));
                found.extend(named.map(|name| format!("{} has {name}", path.display())));
            }
        }
    }
    assert!(found.is_empty(), "what differs between systems is in src/platform:\n{}", found.join("\n"));
}

/// Names that the files of a half of the lowest room show to `platform/mod.rs`.
fn names_of_system(half: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/platform").join(half);
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("for_tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let shown = text.lines().filter_map(|line| line.strip_prefix("pub(crate) "));
        let named = shown.filter_map(|line| {
            let (kind, rest) = line.split_once(' ').unwrap();
            let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
            ["fn", "const", "struct", "type"].contains(&kind).then(|| format!("{kind} {name}"))
        });
        names.extend(named);
    }
    names
}

#[test]
fn both_systems_have_the_same_names() {
    let (unix, windows) = (names_of_system("unix"), names_of_system("windows"));
    assert!(unix.contains("fn real_path"), "{unix:?}");
    assert_eq!(unix, windows);
}

#[test]
fn use_trees_are_expanded() {
    let paths = expand("", "crate::git::{self,object::{Oid,store::Kind},Repo}");
    assert_eq!(
        paths,
        ["crate::git", "crate::git::object::Oid", "crate::git::object::store::Kind", "crate::git::Repo"]
    );
}
