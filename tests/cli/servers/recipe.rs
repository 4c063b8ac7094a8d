//! Commands of `install/README.md`, which the tests run as they stand there.

use std::path::{Path, PathBuf};

use crate::support::{Run, Sandbox};

/// Section of `install/README.md`.
pub(super) struct Recipe<'s> {
    sandbox: &'s Sandbox,
    heading: &'static str,
    text: String,
    /// Path in the commands, and the folder of the sandbox that takes its place.
    moved: (&'static str, PathBuf),
    /// HOME and further variables of whoever runs the commands.
    environment: Vec<(&'static str, PathBuf)>,
}

impl<'s> Recipe<'s> {
    /// Reads the section under a heading. In its commands, a path is replaced by a folder of the sandbox.
    pub(super) fn read(
        sandbox: &'s Sandbox,
        heading: &'static str,
        moved: (&'static str, PathBuf),
        environment: Vec<(&'static str, PathBuf)>,
    ) -> Self {
        let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("install/README.md");
        let readme = std::fs::read_to_string(readme).unwrap();
        let start = format!("# {heading}\n");
        let (_, text) = readme.split_once(&start).unwrap_or_else(|| panic!("no section {heading}"));
        let text = text.split("\n## ").next().unwrap().to_owned();
        Self { sandbox, heading, text, moved, environment }
    }

    /// Returns the text of the first code block of a language.
    pub(super) fn block(&self, language: &str) -> &str {
        let (_, block) = self.text.split_once(&format!("```{language}\n")).expect(self.heading);
        block.split("```").next().unwrap()
    }

    /// Returns the commands under a comment such as `# install`, up to the next such comment; `None` if there is
    /// no such comment. `scripts` is the folder that `install/` stands for.
    pub(super) fn script(&self, comment: &str, scripts: &Path) -> Option<String> {
        let (_, rest) = self.text.split_once(&format!("\n# {comment}\n"))?;
        let ends = |line: &&str| !line.starts_with("# ") && !line.starts_with("```");
        let commands: String = rest.lines().take_while(ends).map(|line| line.to_owned() + "\n").collect();
        let commands = commands.replace("install/", &format!("{}/", scripts.display()));
        Some(commands.replace(self.moved.0, self.moved.1.to_str().unwrap()))
    }

    /// Builds a run of the commands under a comment; `None` if there is no such comment.
    pub(super) fn commands(&self, comment: &str) -> Option<Run> {
        let script = self.script(comment, &Path::new(env!("CARGO_MANIFEST_DIR")).join("install"))?;
        let run = self.sandbox.run("sh").args(["-euc", &script]).env_remove("GIT_CONFIG_GLOBAL");
        Some(self.environment.iter().fold(run, |run, (name, value)| run.env(name, value)))
    }

    /// Runs the commands under a comment. Fails unless they are there and succeed.
    #[track_caller]
    pub(super) fn run(&self, comment: &str) {
        let commands = self.commands(comment);
        commands.unwrap_or_else(|| panic!("{}: no commands under `# {comment}`", self.heading)).ok();
    }
}
