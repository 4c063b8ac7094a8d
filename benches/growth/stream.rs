//! Histories to measure, as input of `git fast-import`.

use std::path::Path;

use crate::measure::git;

/// Author of all commits.
pub(crate) const WHO: &str = "A U Thor <author@example.com>";

/// Message of a signed commit.
pub(crate) const SIGNED: &str = "docs: x\n\nSigned-off-by: A U Thor <author@example.com>\n";

/// Input of `git fast-import`, and what it cannot express.
#[derive(Default)]
pub(crate) struct Stream {
    pub(crate) text: Vec<u8>,
    marks: usize,
    /// Number of tags, each of which tags the one before.
    pub(crate) tags: usize,
    /// Number of further refs that are updated.
    pub(crate) refs: usize,
    /// Number of unknown headers of a commit on top.
    pub(crate) headers: usize,
    /// Number of options that are pushed along.
    pub(crate) options: usize,
    /// Lines of the policy.
    pub(crate) policy: &'static str,
}

impl Stream {
    /// Adds a commit with some changes.
    pub(crate) fn commit(&mut self, message: &str, changes: &str) {
        self.commit_on("refs/heads/main", message, changes);
    }

    /// Adds a commit to a branch with some parents and changes.
    pub(crate) fn commit_on(&mut self, branch: &str, message: &str, changes: &str) {
        let length = message.len();
        let head = format!("commit {branch}\ncommitter {WHO} 1700000000 +0000\ndata {length}\n");
        self.text.extend(format!("{head}{message}\n{changes}\n").bytes());
    }

    /// Adds an empty commit with an author of its own. `people` are the two lines.
    pub(crate) fn commit_by(&mut self, people: &str, message: &str) {
        let length = message.len();
        self.text.extend(format!("commit refs/heads/main\n{people}data {length}\n{message}\n").bytes());
    }

    /// Adds a signed commit that adds a file.
    pub(crate) fn file(&mut self, path: &str, content: &[u8]) {
        self.marks += 1;
        let mark = self.marks;
        self.text.extend(format!("blob\nmark :{mark}\ndata {}\n", content.len()).bytes());
        self.text.extend(content);
        self.commit(&format!("docs: x\n\nSigned-off-by: {WHO}\n"), &format!("M 100644 :{mark} {path}\n"));
    }

    pub(crate) fn files(&mut self, count: usize, content: fn(usize) -> Vec<u8>) {
        (0..count).for_each(|number| self.file(&format!("file{number}"), &content(number)));
    }

    pub(crate) fn lines(&mut self, path: &str, count: usize, line: &str) {
        self.file(path, line.repeat(count).as_bytes());
    }

    pub(crate) fn workflow(&mut self, steps: usize, step: &str) {
        let head = "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: x\n    steps:\n";
        self.file(".github/workflows/ci.yml", format!("{head}{}", step.repeat(steps)).as_bytes());
    }

    /// Makes a bare repository of the history, in one pack.
    pub(crate) fn import(&self, repo: &Path) {
        git(Path::new("/"), &["init", "-q", "--bare", "-b", "main", repo.to_str().unwrap()], b"");
        git(repo, &["-c", "fastimport.unpackLimit=1", "fast-import", "--quiet"], &self.text);
    }
}
