//! Reasons for which a job may need the credentials of its checkout: it pushes, or reads from the remote.
//!
//! Follows the names in a step: local actions, scripts of the repository, and the files of `make` and the like.
//! A text that only looks like a push counts as one: then a repair is left out, and nothing breaks.

use std::collections::HashSet;

use bstr::ByteSlice as _;

use super::known_programs::first_unknown;
use super::named_scripts::reached;
use super::pushing_actions::{
    ACTIONS, COMMANDS, OTHER_OWNERS, READING, READING_ACTIONS, RUNNERS, STARTERS, WORDS,
};
use super::pushing_line::{does_nothing, pushing_line};
use super::unread_programs::unread_program;
use crate::workflow::{
    Document, FileKind, Job, Makefile, Node, Pair, RecipeSyntax, ShellCommand, Step, Uses, commands,
    default_folder,
};

/// Maximum number of files that are followed per job.
const MAX_FILES: usize = 256;

/// Ends of the names of files that are no scripts, and may talk about pushing.
const NO_SCRIPTS: &[&str] =
    &["adoc", "csv", "html", "json", "lock", "md", "png", "rst", "svg", "toml", "txt", "yaml", "yml"];

/// Ends of the names of scripts.
const SCRIPTS: &[&str] = &[".sh", ".bash", ".py", ".js", ".mjs", ".ts", ".rb", ".pl", ".ps1", ".php"];

/// Files of the repository.
pub(crate) trait Files {
    /// Returns the text of a file at a path from the top.
    fn read(&self, path: &str) -> FileText;
}

/// Text of a file of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileText {
    /// Its content.
    Found(Vec<u8>),
    /// There is no such file.
    Missing,
    /// There is one, and nobody knows what it does.
    Unreadable,
}

/// Use of the credentials of a checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CredentialUse {
    /// Something pushes.
    Pushes(String),
    /// Something may push, or needs credentials in a private repository.
    Perhaps(String),
    /// Something runs that could not be read: it may push if the token of the job may.
    Unknown(String),
}

/// Returns the use that a job makes of the credentials of its checkout; `None` if none is found.
///
/// `workflow` is the root of the workflow, if it is one.
pub(super) fn of_job(job: &Job, workflow: Option<&Node>, files: &dyn Files) -> Option<CredentialUse> {
    let mut search =
        Search { files, seen: HashSet::new(), waiting: Vec::new(), perhaps: None, unknown: None };
    let folder = default_folder(&job.node, workflow).unwrap_or_default();
    let around = [Some(&*job.node), workflow].into_iter().flatten();
    let found = around.filter_map(|node| search.variables(node, folder)).next();
    let found = found.or_else(|| search.steps(&job.steps, folder)).or_else(|| search.files());
    let perhaps = || search.perhaps.map(CredentialUse::Perhaps);
    found.map(CredentialUse::Pushes).or_else(perhaps).or_else(|| search.unknown.map(CredentialUse::Unknown))
}

struct Search<'f> {
    files: &'f dyn Files,
    seen: HashSet<String>,
    /// Paths and texts of scripts that are named and have not been searched.
    waiting: Vec<(String, Vec<u8>)>,
    /// First thing that may need the credentials.
    perhaps: Option<String>,
    /// First thing that runs and could not be read.
    unknown: Option<String>,
}

impl Search<'_> {
    fn steps(&mut self, steps: &[Step], folder: &str) -> Option<String> {
        steps.iter().find_map(|step| self.step(step, folder))
    }

    /// Searches the variables that a step, a job or a workflow sets: a script may run their values.
    fn variables(&mut self, node: &Node, folder: &str) -> Option<String> {
        let values = node.get("env").and_then(|env| env.pairs()).unwrap_or_default().iter();
        for pair in values {
            let value = pair.value.text().unwrap_or_default();
            if let Some(what) = value.lines().find_map(pushing_line) {
                return Some(format!("has the variable `{}` with `{what}`", pair.name()));
            }
            for word in value.split_whitespace() {
                self.note(word, None, folder);
            }
        }
        None
    }

    fn step(&mut self, step: &Step, folder: &str) -> Option<String> {
        if let Some(found) = self.variables(&step.node, folder) {
            return Some(found);
        }
        if let Some(clause) = &step.uses {
            // Many actions run the commands of an input.
            let inputs = step.node.get("with").and_then(|with| with.pairs()).unwrap_or_default();
            let mut lines = inputs.iter().filter_map(|pair| pair.value.text()).flat_map(str::lines);
            if let Some(what) = lines.find_map(pushing_line) {
                return Some(format!("has an input with `{what}`"));
            }
            if let Some(pair) = inputs.iter().find(|pair| asks_for_push(pair)) {
                self.doubt(format!("has the input `{}`", pair.name()));
            }
            return match &clause.uses {
                Uses::Repository(repository) => self.action(&repository.full_name()),
                Uses::Local => self.local_action(&clause.text),
                Uses::Docker(image) => {
                    self.unknown
                        .get_or_insert_with(|| format!("uses the image `{image}`, whose code is not read"));
                    None
                }
                Uses::Malformed(_) => None,
            };
        }
        let run = step.node.get("run")?;
        // However it is called: behind other programs, in another language, in a quoted text.
        let lines = run.text().unwrap_or_default().lines().filter(|line| !does_nothing(line));
        if let Some(what) = lines.into_iter().find_map(pushing_line) {
            return Some(format!("runs `{what}`"));
        }
        let folder = step.node.get("working-directory").and_then(|node| node.text()).unwrap_or(folder);
        for command in run.commands().iter() {
            let is_run = |name: &&&str| command.arguments(name).is_some() || is_started(&command.words, name);
            if let Some(name) = COMMANDS.iter().find(is_run) {
                return Some(format!("runs `{name}`"));
            }
            if let Some(name) = READING.iter().find(|name| command.arguments(name).is_some()) {
                self.doubt(format!("runs `{name}`, for which a private repository needs credentials"));
            }
            if let Some(program) = unread_program(&command.words) {
                self.unknown.get_or_insert_with(|| format!("runs `{program}`, whose code is not read"));
            }
            for word in &command.words {
                self.word(word, &command.words, folder);
            }
        }
        self.programs(run.commands(), run.text().unwrap_or_default(), step.node.get("env").map(|env| &**env));
        None
    }

    /// Notes the first program of a script that is not known to push nothing. `env` has its variables.
    fn programs(&mut self, commands: &[ShellCommand], script: &str, env: Option<&Node>) {
        let unknown = first_unknown(commands, script, env);
        let what = unknown.map(|program| format!("runs `{program}`, whose code is not read"));
        self.unknown = self.unknown.take().or(what);
    }

    fn doubt(&mut self, what: String) {
        self.perhaps.get_or_insert(what);
    }

    fn action(&mut self, name: &str) -> Option<String> {
        let name = name.to_ascii_lowercase();
        let is_in = |listed: &&&str| {
            name == **listed || name.strip_prefix(**listed).is_some_and(|rest| rest.starts_with('/'))
        };
        if let Some(listed) = ACTIONS.iter().find(is_in) {
            return Some(format!("uses `{listed}`, which pushes"));
        }
        if READING_ACTIONS.iter().any(|listed| name == *listed) {
            self.doubt(format!("uses `{name}`, for which a private repository needs credentials"));
        }
        let (owner, rest) = name.split_once('/').unwrap_or_default();
        if !OTHER_OWNERS.contains(&owner) && WORDS.iter().any(|word| rest.contains(word)) {
            self.doubt(format!("uses `{name}`, which may push"));
        }
        None
    }

    fn local_action(&mut self, uses: &str) -> Option<String> {
        for path in Document::action_files(uses.trim_end_matches('/')) {
            let text = match self.files.read(&path) {
                FileText::Found(text) => text,
                FileText::Missing => continue,
                FileText::Unreadable => {
                    self.cannot_read(&path);
                    return None;
                }
            };
            if !self.seen.insert(path.clone()) {
                return None;
            }
            if self.seen.len() > MAX_FILES {
                self.unknown.get_or_insert_with(|| "runs more files than are followed".to_owned());
                return None;
            }
            let document = FileKind::of(path.as_bytes()).and_then(|kind| Document::read(&text, kind).pop());
            let Some(document) = document.filter(|document| document.faults.is_empty()) else {
                self.cannot_read(&path);
                return None;
            };
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            for job in &document.model.jobs {
                for key in ["pre", "main", "post", "entrypoint"] {
                    let script = job.node.get(key).and_then(|node| node.text());
                    script.into_iter().for_each(|script| self.word(script, &[], folder));
                }
                if let Some(found) = self.steps(&job.steps, "") {
                    return Some(format!("uses `{uses}`, which {found}"));
                }
            }
            return None;
        }
        self.unknown.get_or_insert_with(|| format!("uses `{uses}`, which was not found"));
        None
    }

    fn cannot_read(&mut self, path: &str) {
        self.unknown.get_or_insert_with(|| format!("runs `{path}`, which could not be read"));
    }

    /// Notes the files that a word of a command names: a script, or those of a program that runs scripts.
    fn word(&mut self, word: &str, words: &[String], folder: &str) {
        let program = word.rsplit_once('/').map_or(word, |(_, name)| name);
        if let Some((_, names)) = RUNNERS.iter().find(|(runner, _)| *runner == program) {
            let found = names.iter().filter(|name| self.note(name, Some(words), folder)).count();
            if found == 0 {
                self.unknown.get_or_insert_with(|| format!("runs `{program}`, whose file was not found"));
            }
        }
        let value = word.rsplit_once('=').map_or(word, |(_, value)| value);
        let after_action = value.rsplit_once("github.action_path }}").map(|(_, rest)| rest);
        let path = after_action.unwrap_or(value);
        let is_script = |path: &str| SCRIPTS.iter().any(|end| path.ends_with(end)) && !path.contains("://");
        // `./...` names all packages of Go.
        let is_run = path.starts_with("./") && path.len() > 2 && !path.ends_with("...");
        if !self.note(path, None, folder) && (is_script(path) || is_run) {
            self.unknown.get_or_insert_with(|| format!("runs `{path}`, which was not found"));
        }
    }

    /// Notes a file at a path, from the top and from a folder: a script, or the scripts in it that words call. Returns
    /// false if there is none.
    fn note(&mut self, path: &str, words: Option<&[String]>, folder: &str) -> bool {
        let path = path.trim_start_matches("./").trim_start_matches('/');
        let end = path.rsplit_once('.').map_or("", |(_, end)| end);
        let is_text = words.is_none() && NO_SCRIPTS.contains(&end);
        if self.seen.len() > MAX_FILES {
            self.unknown.get_or_insert_with(|| "runs more files than are followed".to_owned());
        }
        if path.is_empty() || is_text || path.contains("..") || self.seen.len() > MAX_FILES {
            return false;
        }
        let mut is_found = false;
        let folder = folder.trim_start_matches("./").trim_end_matches('/');
        let below = if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
        for path in [path.to_owned(), below] {
            let key = format!("{path} {}", words.unwrap_or_default().join(" "));
            if self.seen.contains(&key) {
                is_found = true;
                continue;
            }
            match self.files.read(&path) {
                FileText::Missing => {}
                FileText::Unreadable => {
                    is_found = true;
                    self.cannot_read(&path);
                }
                FileText::Found(text) => {
                    is_found = true;
                    let text = match words {
                        Some(words) => reached(&path, &self.with_includes(&path, text), words).into_bytes(),
                        None => text,
                    };
                    self.seen.insert(key);
                    self.waiting.push((path, text));
                }
            }
        }
        is_found
    }

    /// Returns the text of a Makefile with those that it includes, each once; other texts as they are.
    fn with_includes(&mut self, path: &str, mut text: Vec<u8>) -> Vec<u8> {
        let includes = |text: &[u8]| match RecipeSyntax::of(path) {
            Some(RecipeSyntax::Make) => Makefile::parse(&text.to_str_lossy(), RecipeSyntax::Make).includes,
            _ => Vec::new(),
        };
        let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let (mut open, mut seen) = (includes(&text), HashSet::new());
        while let Some(name) = open.pop() {
            if !seen.insert(name.clone()) || seen.len() > MAX_FILES {
                continue;
            }
            for path in [name.clone(), format!("{folder}{name}")] {
                match self.files.read(&path) {
                    FileText::Missing => continue,
                    FileText::Unreadable => self.cannot_read(&path),
                    FileText::Found(more) => {
                        open.extend(includes(&more));
                        text.push(b'\n');
                        text.extend(more);
                    }
                }
                break;
            }
        }
        text
    }

    /// Searches the files that were noted, and the files that these name.
    fn files(&mut self) -> Option<String> {
        while let Some((path, text)) = self.waiting.pop() {
            let text = text.to_str_lossy();
            if let Some(what) = text.lines().filter(|line| !does_nothing(line)).find_map(pushing_line) {
                return Some(format!("runs {path}, which has `{what}`"));
            }
            let is_shell =
                path.ends_with(".sh") || path.ends_with(".bash") || RecipeSyntax::of(&path).is_some();
            if is_shell && self.unknown.is_none() {
                self.programs(&commands(&text), &text, None);
            }
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
            for word in
                text.split(|c| !is_part(c)).filter(|word| word.contains(['/', '.']) && word.len() < 256)
            {
                self.note(word, None, &folder);
            }
        }
        None
    }
}

/// Returns whether an input such as `git-push` is set, and not to `false`.
fn asks_for_push(pair: &Pair) -> bool {
    let name = pair.name().to_ascii_lowercase();
    let of_git = ["commit", "git", "tag"].iter().any(|word| name.contains(word));
    let value = pair.value.trimmed().unwrap_or_default();
    of_git && name.contains("push") && !value.is_empty() && !value.eq_ignore_ascii_case("false")
}

/// Returns whether the words of a command have another program start one: `npx gh-pages`.
fn is_started(words: &[String], name: &str) -> bool {
    let name: Vec<&str> = name.split(' ').collect();
    // A version may follow: `npx gh-pages@6`.
    let bare: Vec<&str> = words.iter().map(|word| word.split('@').next().unwrap_or_default()).collect();
    bare.first().is_some_and(|program| STARTERS.contains(program))
        && bare.windows(name.len()).any(|some| some == name)
}
