//! Files of the tree that the scripts of a workflow run: shell scripts, Makefiles and configurations of goreleaser.

mod paths;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use super::Document;
use super::goreleaser::{GORELEASER, GORELEASER_FILES, GoreleaserConfig};
use super::makefile::{MAKEFILES, Makefile, RecipeSyntax};
use super::model::{Job, Step};
use super::shell::flow::Flow;
use super::shell::{ShellCommand, commands};
use super::yaml::node::Node;
use paths::{
    config_paths, folder_of, in_folder, in_tree, is_makefile, is_script, paths_of_commands, value_of,
};

/// Maximum depth to which scripts that run scripts are followed.
const MAX_DEPTH: usize = 16;

/// Maximum size of the scripts that are read for one workflow, in bytes.
const MAX_BYTES: usize = 16 << 20;

/// Files of the tree by path, each with its text.
#[derive(Debug, Default)]
pub struct FollowedFiles {
    files: BTreeMap<String, String>,
    /// Makefiles of each folder with all that they may include, as one; computed on first use.
    makefiles: RefCell<BTreeMap<Option<String>, Rc<Makefile>>>,
    /// Size of the scripts that have been read, in bytes.
    read: Cell<usize>,
    /// True if a script was not followed, so that what it signs counts as unsigned.
    is_cut: Cell<bool>,
    /// Configurations of goreleaser by path; parsed on first use.
    goreleaser: RefCell<HashMap<String, Option<GoreleaserConfig>>>,
}

impl Document {
    /// Returns the paths of the files that the steps of the document and of its actions may run. Not all of them have
    /// to exist.
    pub fn followed_paths(&self) -> Vec<String> {
        let root = self.model.workflow.as_deref();
        let of_job = |job: &Job, root: Option<&Node>| {
            let folder = default_folder(&job.node, root);
            job.steps.iter().flat_map(|step| paths_of_step(step, folder)).collect::<Vec<_>>()
        };
        let actions = self.actions.iter().flat_map(|action| &action.model.jobs);
        let own = self.model.jobs.iter().flat_map(|job| of_job(job, root));
        let mut found: Vec<String> = own.chain(actions.flat_map(|job| of_job(job, None))).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Returns the `working-directory` that the steps of a job have unless they set their own.
pub(crate) fn default_folder<'n>(job: &'n Node, workflow: Option<&'n Node>) -> Option<&'n str> {
    run_default(job, workflow, "working-directory")
}

/// Returns a setting of the scripts of a job that its steps have unless they set their own.
pub(in crate::workflow) fn run_default<'n>(
    job: &'n Node,
    workflow: Option<&'n Node>,
    key: &str,
) -> Option<&'n str> {
    let default = |node: &'n Node| node.get("defaults")?.get("run")?.get(key)?.text();
    default(job).or_else(|| default(workflow?))
}

fn paths_of_step(step: &Step, folder: Option<&str>) -> Vec<String> {
    let own = step.node.get("working-directory").and_then(|node| node.text());
    let folder = in_folder(own.or(folder)).unwrap_or_default();
    let run = step.node.get("run").map(|run| paths_of_commands(run.commands(), &folder)).unwrap_or_default();
    let is_goreleaser = step.action_name().is_some_and(|name| name == GORELEASER);
    let config = is_goreleaser.then(|| {
        let arguments = step.input("args").and_then(|args| args.text()).unwrap_or_default();
        config_paths(arguments, step.input("workdir").and_then(|workdir| workdir.text()))
    });
    run.into_iter().chain(config.into_iter().flatten()).collect()
}

impl FollowedFiles {
    /// Records that a script is not followed, because it is too large or no text.
    pub fn note_cut(&self) {
        self.is_cut.set(true);
    }

    /// Returns whether a script was not followed, so that what it signs counts as unsigned.
    pub(in crate::workflow) fn is_cut(&self) -> bool {
        self.is_cut.get()
    }

    /// Adds a file. Returns the paths of the files that it may run or include: from the top, or from its own folder.
    pub fn add(&mut self, path: &str, text: String) -> Vec<String> {
        let folders = [""].into_iter().chain(Some(folder_of(path)).filter(|folder| !folder.is_empty()));
        let (makefile, script) = match is_makefile(path) {
            true => (Makefile::parse(&text, RecipeSyntax::Make), commands(&text.replace("\n\t@", "\n\t"))),
            false => (Makefile::default(), commands(&text)),
        };
        let more = folders.flat_map(|folder| {
            let included = makefile.includes.iter().filter_map(move |name| in_tree(folder, name));
            included.chain(paths_of_commands(&script, folder))
        });
        let more = more.collect();
        self.files.insert(path.to_owned(), text);
        self.makefiles.take();
        more
    }

    /// Returns the commands that a script runs through files of the tree, each with the index of the command of the
    /// script that runs it. `folder` is its `working-directory`, if it has one.
    pub(in crate::workflow) fn commands(
        &self,
        script: &[ShellCommand],
        folder: Option<&str>,
    ) -> Vec<(usize, ShellCommand)> {
        let mut all = Vec::new();
        if self.files.is_empty() {
            return all;
        }
        let folder = in_folder(folder);
        for (at, command) in script.iter().enumerate() {
            let mut found = Vec::new();
            let command = std::slice::from_ref(command);
            self.collect(command, folder.as_deref(), 0, &mut HashSet::new(), &mut found);
            all.extend(found.into_iter().map(|command| (at, command)));
        }
        all
    }

    /// Collects the commands of the files that a script runs in a folder, which is `None` if it is not known.
    fn collect(
        &self,
        script: &[ShellCommand],
        folder: Option<&str>,
        depth: usize,
        seen: &mut HashSet<String>,
        found: &mut Vec<ShellCommand>,
    ) {
        for command in script {
            let (scripts, folder) = match command.run_arguments("make") {
                Some(words) => {
                    let below = value_of(words, "-C");
                    let below = below.map(|below| folder.and_then(|folder| in_tree(folder, below)));
                    let folder = below.unwrap_or_else(|| folder.map(str::to_owned));
                    let recipes = self.recipes(words, folder.as_deref(), seen);
                    // Each line of a recipe has its own shell.
                    (recipes.iter().flat_map(|text| text.lines()).map(str::to_owned).collect(), folder)
                }
                None => {
                    let words = command.started().filter(|word| is_script(word));
                    let paths = words.filter_map(|word| self.known(word, folder));
                    let paths = paths.filter(|path| seen.insert((*path).clone()));
                    let texts = paths.filter_map(|path| self.files.get(path)).cloned().collect::<Vec<_>>();
                    (texts, folder.map(str::to_owned))
                }
            };
            for text in scripts {
                if self.read.get() > MAX_BYTES || depth == MAX_DEPTH {
                    self.note_cut();
                    return;
                }
                self.read.set(self.read.get() + text.len());
                let inner = reached_commands(&text);
                self.collect(&inner, folder.as_deref(), depth + 1, seen, found);
                found.extend(inner);
            }
        }
    }

    /// Returns the path of the file that a word of a command means in a folder. Where no file is there, the only one
    /// whose path ends in that way: a script may have changed the folder.
    fn known(&self, word: &str, folder: Option<&str>) -> Option<&String> {
        let at = |path: &str| self.files.get_key_value(path).map(|(path, _)| path);
        if let Some(path) = folder.and_then(|folder| at(&in_tree(folder, word)?)) {
            return Some(path);
        }
        let path = in_tree("", word)?;
        let ends = |known: &&String| {
            known.strip_suffix(path.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        let mut ending = self.files.keys().filter(ends);
        ending.next().filter(|_| ending.next().is_none())
    }

    /// Returns the recipes that a call of make runs in a folder.
    fn recipes(&self, words: &[String], folder: Option<&str>, seen: &mut HashSet<String>) -> Vec<String> {
        let mut targets = Vec::new();
        let mut is_value = false;
        if words.iter().any(|word| runs_no_recipe(word)) {
            return targets.into_iter().map(str::to_owned).collect();
        }
        for word in words {
            let is_option = word.starts_with('-') || word.contains('=') || word.contains('$');
            if !is_value && !is_option && seen.insert(format!("make {word} in {folder:?}")) {
                targets.push(word.as_str());
            }
            is_value = matches!(word.as_str(), "-C" | "-f" | "-j" | "-o");
        }
        if targets.is_empty() { Vec::new() } else { self.makefile(folder).scripts(&targets) }
    }

    /// Returns the Makefile of a folder with all that it may include; all Makefiles as one if none is known there.
    fn makefile(&self, folder: Option<&str>) -> Rc<Makefile> {
        let mut makefiles = self.makefiles.borrow_mut();
        let entry = makefiles.entry(folder.map(str::to_owned));
        let parse = || {
            let all = || self.files.iter().filter(|(path, _)| is_makefile(path));
            let is_main = |path: &str| MAKEFILES.iter().any(|name| path.ends_with(name));
            let is_here = |path: &str| is_main(path) && Some(folder_of(path)) == folder;
            let has_own = all().any(|(path, _)| is_here(path));
            let used = all().filter(|(path, _)| !has_own || is_here(path) || !is_main(path));
            let text = used.map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n");
            Rc::new(Makefile::parse(&text, RecipeSyntax::Make))
        };
        Rc::clone(entry.or_insert_with(parse))
    }

    /// Returns what the configuration of goreleaser says; `None` if it is not in the tree, or no YAML.
    pub(in crate::workflow) fn goreleaser(
        &self,
        arguments: &str,
        workdir: Option<&str>,
    ) -> Option<GoreleaserConfig> {
        let paths = config_paths(arguments, workdir);
        let (path, text) = paths.iter().find_map(|path| self.files.get_key_value(path))?;
        let mut parsed = self.goreleaser.borrow_mut();
        *parsed.entry(path.clone()).or_insert_with(|| GoreleaserConfig::parse(text))
    }
}

/// Returns the commands of a script that are reached.
fn reached_commands(script: &str) -> Vec<ShellCommand> {
    let all = commands(script);
    let sets = |command: &ShellCommand| {
        command.arguments("set").is_some_and(|words| words.iter().any(|word| word.starts_with("-e")))
    };
    let flow = Flow::of(&all, all.iter().any(sets));
    all.into_iter().enumerate().filter(|(at, _)| flow.reaches(*at)).map(|(_, command)| command).collect()
}

/// Returns whether an option of make keeps it from running the recipes.
fn runs_no_recipe(word: &str) -> bool {
    let long = ["--dry-run", "--just-print", "--question", "--recon", "--touch", "--help", "--version"];
    let is_short =
        |flags: &str| !flags.starts_with('-') && flags.contains(['n', 'q', 't']) && flags.len() < 4;
    long.contains(&word) || word.strip_prefix('-').is_some_and(is_short)
}

/// Returns whether a workflow may run, or read, a file of this name. A script without an ending is not recognised.
pub(crate) fn may_be_followed(path: &[u8]) -> bool {
    let path = String::from_utf8_lossy(path);
    let ends = |end: &str| path.ends_with(end);
    is_makefile(&path) || ends(".sh") || ends(".bash") || GORELEASER_FILES.iter().any(|name| ends(name))
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
        words_in(followed, script, None)
    }

    fn words_in(followed: &FollowedFiles, script: &str, folder: Option<&str>) -> Vec<String> {
        let found = followed.commands(&commands(script), folder);
        found.iter().map(|(_, command)| command.words.join(" ")).collect()
    }

    /// The second one was found now and then, in the order of a hash map.
    #[test]
    fn script_is_that_of_the_folder_and_else_the_only_one() {
        let two = files(&[("a/sign.sh", "cosign sign $A\n"), ("b/sign.sh", "echo b\n")]);
        let one = files(&[("a/sign.sh", "cosign sign $A\n"), ("a/x.sh", "./sign.sh\n")]);
        let makes = files(&[("a/Makefile", "x:\n\techo a\n"), ("b/Makefile", "x:\n\techo b\n")]);
        for (followed, script, folder, expected) in [
            (&two, "./sign.sh", Some("a"), &["cosign sign $A"][..]),
            (&two, "./sign.sh", Some("./b/"), &["echo b"]),
            (&two, "b/sign.sh", Some("."), &["echo b"]),
            (&two, "./sign.sh", None, &[]),
            (&two, "cd a && ./sign.sh", None, &[]),
            (&two, "./sign.sh", Some("$X"), &[]),
            (&one, "cd a && ./sign.sh", None, &["cosign sign $A"]),
            (&one, "./x.sh", Some("a"), &["cosign sign $A", "./sign.sh"]),
            (&makes, "make -C b x", None, &["echo b"]),
            (&makes, "make x", Some("a"), &["echo a"]),
        ] {
            assert_eq!(words_in(followed, script, folder), expected, "{script} in {folder:?}");
        }
    }

    #[test]
    fn command_of_a_file_is_at_the_place_of_its_call() {
        let followed = files(&[("x.sh", "cosign sign $A\n")]);
        let found = followed.commands(&commands("echo\n./x.sh\ndocker push b\n./x.sh\n"), None);
        assert_eq!(found.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1, 3]);
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
    fn configurations_of_goreleaser_are_read() {
        let signs = "dockers:\n- x: y\nkos_: z\ndocker_signs:\n- artifacts: all\n  args: [sign, x]\n";
        for (text, arguments, expected) in [
            (signs, "release --clean", Some((true, true, false, false))),
            (signs, "release -f other.yml", None),
            (signs, "release -f=${{ inputs.config }}", Some((true, true, false, false))),
            ("dockers: [x", "release", None),
        ] {
            let followed = files(&[(".goreleaser.yml", text)]);
            let found = followed.goreleaser(arguments, None);
            let found =
                found.map(|found| (found.pushes(arguments), found.signs, found.has_key, found.makes_sbom));
            assert_eq!(found, expected, "{text} {arguments}");
        }
    }
}
