//! Files of the tree that the scripts of a workflow run: shell scripts, Makefiles and configurations of goreleaser.

use std::cell::{Cell, OnceCell};
use std::collections::{HashMap, HashSet};

use super::Document;
use super::makefile::Makefile;
use super::model::Step;
use super::shell::{ShellCommand, commands};

/// Maximum depth to which scripts that run scripts are followed.
const MAX_DEPTH: usize = 4;

/// Maximum size of the scripts that are read for one workflow, in bytes. What further ones sign counts as unsigned.
const MAX_BYTES: usize = 16 << 20;

/// Action whose configuration is followed.
pub(in crate::workflow) const GORELEASER: &str = "goreleaser/goreleaser-action";

const MAKEFILES: &[&str] = &["GNUmakefile", "makefile", "Makefile"];

/// Paths at which goreleaser looks for its configuration. Source: goreleaser.com, "Customization".
const GORELEASER_FILES: &[&str] = &[
    ".config/goreleaser.yml",
    ".config/goreleaser.yaml",
    ".goreleaser.yml",
    ".goreleaser.yaml",
    "goreleaser.yml",
    "goreleaser.yaml",
];

/// Files of the tree by path, each with its text.
#[derive(Debug, Default)]
pub struct FollowedFiles {
    files: HashMap<String, String>,
    /// All Makefiles as one; computed on first use.
    makefile: OnceCell<Makefile>,
    /// Size of the scripts that have been read, in bytes.
    read: Cell<usize>,
}

/// What the configuration of goreleaser says about images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::workflow) struct GoreleaserConfig {
    /// True if a release pushes images.
    pub(in crate::workflow) pushes: bool,
    /// True if it signs them with `cosign`.
    pub(in crate::workflow) signs: bool,
    /// True if it signs them with a key.
    pub(in crate::workflow) has_key: bool,
    /// True if it makes SBOMs.
    pub(in crate::workflow) makes_sbom: bool,
}

impl Document {
    /// Returns the paths of the files that the steps of the document and of its actions may run. Not all of them have
    /// to exist.
    pub fn followed_paths(&self) -> Vec<String> {
        let actions = self.actions.iter().flat_map(|action| &action.model.jobs);
        let steps = self.model.jobs.iter().chain(actions).flat_map(|job| &job.steps);
        let mut found: Vec<String> = steps.flat_map(paths_of_step).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn paths_of_step(step: &Step) -> Vec<String> {
    let folder = folder(step.node.get("working-directory").and_then(|node| node.text()));
    let run = step.node.get("run").map(|run| paths_of_commands(run.commands(), &folder)).unwrap_or_default();
    let is_goreleaser = step.action_name().is_some_and(|name| name == GORELEASER);
    let config = is_goreleaser.then(|| {
        let arguments = step.input("args").and_then(|args| args.text()).unwrap_or_default();
        config_paths(arguments, step.input("workdir").and_then(|workdir| workdir.text()))
    });
    run.into_iter().chain(config.into_iter().flatten()).collect()
}

/// Returns the paths at which goreleaser looks for its configuration.
fn config_paths(arguments: &str, workdir: Option<&str>) -> Vec<String> {
    let folder = folder(workdir);
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let is_option = |word: &&str| matches!(*word, "-f" | "--config");
    let after =
        words.windows(2).find(|pair| pair.first().is_some_and(is_option)).and_then(|pair| pair.get(1));
    let joined =
        || words.iter().find_map(|word| word.strip_prefix("--config=").or_else(|| word.strip_prefix("-f=")));
    // A path that an expression gives is not known; the usual names are the best guess.
    let given = after.copied().or_else(joined).filter(|path| !path.contains('$'));
    match given {
        Some(path) => in_tree(&folder, path).into_iter().collect(),
        None => GORELEASER_FILES.iter().filter_map(|name| in_tree(&folder, name)).collect(),
    }
}

/// Returns the paths of the files that commands run, in a folder.
fn paths_of_commands(commands: &[ShellCommand], folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for command in commands {
        if let Some(words) = command.arguments("make") {
            found.extend(makefiles(words, folder));
        }
        found.extend(
            command.words.iter().filter(|word| is_script(word)).filter_map(|word| in_tree(folder, word)),
        );
    }
    found
}

/// Returns the paths of the Makefiles that a call of make may read.
fn makefiles(words: &[String], folder: &str) -> Vec<String> {
    let value = |option: &str| {
        let at = words.iter().position(|word| word == option);
        at.and_then(|at| words.get(at + 1)).map(String::as_str)
    };
    let folder = match value("-C") {
        Some(below) => in_tree(folder, below).unwrap_or_default(),
        None => folder.to_owned(),
    };
    match value("-f") {
        Some(file) => in_tree(&folder, file).into_iter().collect(),
        None => MAKEFILES.iter().filter_map(|name| in_tree(&folder, name)).collect(),
    }
}

/// Returns whether a word may be the path of a script: it ends like one, or has no ending.
fn is_script(word: &str) -> bool {
    let (folder, name) = word.rsplit_once('/').unwrap_or(("", word));
    name.ends_with(".sh") || name.ends_with(".bash") || !folder.is_empty() && !name.contains('.')
}

/// Returns a path of the tree, from one that is relative to a folder; `None` if it is not known or leaves the tree.
fn in_tree(folder: &str, path: &str) -> Option<String> {
    let roots = ["${{ github.workspace }}/", "$GITHUB_WORKSPACE/", "${GITHUB_WORKSPACE}/"];
    let rooted = roots.iter().find_map(|root| path.strip_prefix(root));
    let joined = rooted.map_or_else(|| format!("{folder}/{path}"), str::to_owned);
    let is_usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '+');
    let parts: Vec<&str> = joined.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let is_known = joined.chars().all(is_usual) && !path.starts_with('/') && !parts.contains(&"..");
    (is_known && !parts.is_empty()).then(|| parts.join("/"))
}

fn folder(value: Option<&str>) -> String {
    value.and_then(|value| in_tree("", value)).unwrap_or_default()
}

impl FollowedFiles {
    /// Adds a file. Returns the paths of the files that it runs or includes.
    pub fn add(&mut self, path: &str, text: String) -> Vec<String> {
        let mut more = match is_makefile(path) {
            true => {
                let makefile = Makefile::parse(&text);
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                makefile.includes.iter().filter_map(|name| in_tree(folder, name)).collect()
            }
            false => Vec::new(),
        };
        // Recipes are run in the folder of the Makefile, which is nearly always the root.
        more.extend(paths_of_commands(&commands(&text.replace("\n\t@", "\n\t")), ""));
        self.files.insert(path.to_owned(), text);
        self.makefile.take();
        more
    }

    /// Returns the commands that a script runs through files of the tree.
    pub(in crate::workflow) fn commands(&self, script: &[ShellCommand]) -> Vec<ShellCommand> {
        let mut found = Vec::new();
        if !self.files.is_empty() {
            self.collect(script, 0, &mut HashSet::new(), &mut found);
        }
        found
    }

    fn collect(
        &self,
        script: &[ShellCommand],
        depth: usize,
        seen: &mut HashSet<String>,
        found: &mut Vec<ShellCommand>,
    ) {
        if depth == MAX_DEPTH {
            return;
        }
        for command in script {
            let scripts = match command.arguments("make") {
                Some(words) => self.recipes(words, seen),
                None => {
                    let words = command.words.iter().filter(|word| is_script(word));
                    let paths =
                        words.flat_map(|word| self.known(word)).filter(|path| seen.insert((*path).clone()));
                    paths.filter_map(|path| self.files.get(path)).cloned().collect()
                }
            };
            for text in scripts {
                if self.read.get() > MAX_BYTES {
                    return;
                }
                self.read.set(self.read.get() + text.len());
                let inner = commands(&text);
                self.collect(&inner, depth + 1, seen, found);
                found.extend(inner);
            }
        }
    }

    /// Returns the paths of the files that a word of a command may mean: the folder is not always known.
    fn known(&self, word: &str) -> Option<&String> {
        let path = in_tree("", word)?;
        let ends = |known: &&String| {
            known.strip_suffix(path.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        self.files.get_key_value(&path).map(|(path, _)| path).or_else(|| self.files.keys().find(ends))
    }

    /// Returns the recipes that a call of make runs.
    fn recipes(&self, words: &[String], seen: &mut HashSet<String>) -> Vec<String> {
        let mut targets = Vec::new();
        let mut is_value = false;
        for word in words {
            let is_option = word.starts_with('-') || word.contains('=') || word.contains('$');
            if !is_value && !is_option && seen.insert(format!("make {word}")) {
                targets.push(word.as_str());
            }
            is_value = matches!(word.as_str(), "-C" | "-f" | "-j" | "-o");
        }
        if targets.is_empty() {
            return Vec::new();
        }
        let makefile = self.makefile.get_or_init(|| {
            let files = self.files.iter().filter(|(path, _)| is_makefile(path));
            Makefile::parse(&files.map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n"))
        });
        makefile.scripts(&targets)
    }

    /// Returns what the configuration of goreleaser says; `None` if it is not in the tree.
    pub(in crate::workflow) fn goreleaser(
        &self,
        arguments: &str,
        workdir: Option<&str>,
    ) -> Option<GoreleaserConfig> {
        let paths = config_paths(arguments, workdir);
        let text = paths.iter().find_map(|path| self.files.get(path))?;
        let keys: HashSet<&str> =
            text.lines().filter_map(|line| line.split_once(':').map(|(key, _)| key)).collect();
        let has = |names: &[&str]| names.iter().any(|name| keys.contains(name));
        let signing = text.split_once("docker_signs:").map(|(_, rest)| rest).unwrap_or_default();
        Some(GoreleaserConfig {
            pushes: has(&["dockers", "dockers_v2", "docker_manifests", "kos"]),
            signs: signing.contains("cosign"),
            has_key: signing.contains("--key"),
            makes_sbom: has(&["sboms", "dockers_v2", "kos"]) || text.contains("--sbom"),
        })
    }
}

/// Returns whether a workflow may run, or read, a file of this name. A script without an ending is not recognised.
pub(crate) fn may_be_followed(path: &[u8]) -> bool {
    let path = String::from_utf8_lossy(path);
    let ends = |end: &str| path.ends_with(end);
    is_makefile(&path) || ends(".sh") || ends(".bash") || GORELEASER_FILES.iter().any(|name| ends(name))
}

fn is_makefile(path: &str) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    MAKEFILES.contains(&name) || name.starts_with("Makefile.") || name.ends_with(".mk")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(files: &[(&str, &str)]) -> FollowedFiles {
        let mut followed = FollowedFiles::default();
        files.iter().for_each(|(path, text)| drop(followed.add(path, (*text).to_owned())));
        followed
    }

    fn words(followed: &FollowedFiles, script: &str) -> Vec<String> {
        followed.commands(&commands(script)).iter().map(|command| command.words.join(" ")).collect()
    }

    #[test]
    fn scripts_and_targets_are_followed() {
        let followed = files(&[
            ("Makefile", "include x/y.mk\nall:\n\techo\n"),
            ("x/y.mk", "sign:\n\t./hack/sign.sh $(IMAGE)\n"),
            ("hack/sign.sh", "#!/bin/sh\ncosign sign \"$1\"\n. hack/loop.sh\n"),
            ("hack/loop.sh", "hack/loop.sh\nmake all\n"),
        ]);
        for script in
            ["make sign", "make -C . IMAGE=x sign", "bash ./hack/sign.sh a", "if hack/sign.sh; then x; fi"]
        {
            assert!(words(&followed, script).contains(&"cosign sign $1".to_owned()), "{script}");
        }
        for script in ["make all", "echo", "./other.sh", "make"] {
            assert!(!words(&followed, script).contains(&"cosign sign $1".to_owned()), "{script}");
        }
    }

    #[test]
    fn paths_stay_in_the_tree() {
        for (folder, path, expected) in [
            ("", "./hack/x.sh", Some("hack/x.sh")),
            ("a/b", "x.sh", Some("a/b/x.sh")),
            ("a", "$GITHUB_WORKSPACE/x.sh", Some("x.sh")),
            ("a", "../x.sh", None),
            ("", "/usr/bin/x.sh", None),
            ("", "$X/x.sh", None),
            ("", "./", None),
        ] {
            assert_eq!(in_tree(folder, path).as_deref(), expected, "{folder} {path}");
        }
    }

    #[test]
    fn configurations_of_goreleaser_are_read() {
        let signs = "dockers:\n- x: y\nkos_: z\ndocker_signs:\n- cmd: cosign\n";
        for (text, arguments, expected) in [
            (signs, "release --clean", Some((true, true, false, false))),
            (signs, "release -f other.yml", None),
            (signs, "release -f=${{ inputs.config }}", Some((true, true, false, false))),
            ("builds:\n- x\nsboms:\n- artifacts: archive\n", "release", Some((false, false, false, true))),
            (
                "kos:\n- x\ndocker_signs:\n- cmd: cosign\n  args: [sign, --key=x]\n",
                "release",
                Some((true, true, true, true)),
            ),
        ] {
            let followed = files(&[(".goreleaser.yml", text)]);
            let found = followed.goreleaser(arguments, None);
            let found = found.map(|found| (found.pushes, found.signs, found.has_key, found.makes_sbom));
            assert_eq!(found, expected, "{text} {arguments}");
        }
    }
}
