//! Findings in the files of streams, which are read again when they are written: memory does not grow with them.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use super::parse;
use super::stream::kind_of;
use crate::error::{Error, Result};
use crate::output::FindingSource;
use crate::report::Finding;
use crate::text::escape_path;

/// Block of a repository that was read before.
pub(super) struct Block {
    /// Repository, as its lines name it.
    pub(super) repository: String,
    /// Name in the report.
    pub(super) name: Arc<str>,
    /// Number of lines of kind `finding`.
    pub(super) findings: usize,
    /// Number of lines of kind `exempted`.
    pub(super) exempted: usize,
    /// Number of the file.
    file: usize,
    /// Place of the first line after the one of kind `repository`, in bytes.
    at: u64,
}

/// Blocks in the order of a report.
pub(super) struct Blocks {
    files: Vec<(PathBuf, File)>,
    blocks: Vec<Block>,
}

/// One kind of the lines of a block that are findings.
pub(super) struct FindingLines<'b> {
    blocks: &'b Blocks,
    kind: &'static str,
}

impl Block {
    /// Creates a block without findings.
    pub(super) fn new(repository: String, file: usize, at: u64) -> Self {
        Self { name: repository.as_str().into(), repository, findings: 0, exempted: 0, file, at }
    }
}

impl Blocks {
    /// Creates an empty list of blocks in files.
    pub(super) fn in_files(files: Vec<(PathBuf, File)>) -> Self {
        Self { files, blocks: Vec::new() }
    }

    /// Adds a block.
    pub(super) fn add(&mut self, block: Block) {
        self.blocks.push(block);
    }

    /// Returns whether any block has a finding.
    pub(super) fn has_findings(&self) -> bool {
        self.blocks.iter().any(|block| block.findings > 0)
    }

    /// Returns the findings.
    pub(super) fn findings(&self) -> FindingLines<'_> {
        FindingLines { blocks: self, kind: "finding" }
    }

    /// Returns the credentials that an exemption lets pass.
    pub(super) fn exempted(&self) -> FindingLines<'_> {
        FindingLines { blocks: self, kind: "exempted" }
    }

    /// Reads all findings, and the exempted ones.
    ///
    /// # Errors
    /// Fails when a file cannot be read, or has changed.
    pub(super) fn read(&self) -> Result<(Vec<Finding>, Vec<Finding>)> {
        let all = |lines: FindingLines<'_>| {
            let mut all = Vec::new();
            let read = lines.each(&mut |finding| {
                all.push(finding.clone());
                Ok(())
            });
            read.map(|()| all).map_err(|error| Error::io("the streams cannot be read again", error))
        };
        Ok((all(self.findings())?, all(self.exempted())?))
    }
}

impl FindingLines<'_> {
    fn count_in(&self, block: &Block) -> usize {
        if self.kind == "finding" { block.findings } else { block.exempted }
    }
}

impl FindingSource for FindingLines<'_> {
    fn count(&self) -> usize {
        self.blocks.blocks.iter().map(|block| self.count_in(block)).sum()
    }

    fn each(&self, take: &mut dyn FnMut(&Finding) -> io::Result<()>) -> io::Result<()> {
        let mut text = Vec::new();
        for block in self.blocks.blocks.iter().filter(|block| self.count_in(block) > 0) {
            #[expect(clippy::expect_used, reason = "a block that is left out would look like no finding")]
            let (path, file) = self.blocks.files.get(block.file).expect("a block is in one of the files");
            let changed = || io::Error::other(format!("{} has changed", escape_path(path)));
            let mut file = file;
            file.seek(SeekFrom::Start(block.at))?;
            let (mut lines, mut left) = (BufReader::new(file), self.count_in(block));
            while left > 0 {
                text.clear();
                lines.read_until(b'\n', &mut text)?;
                let (kind, line) = kind_of(&text).ok_or_else(changed)?;
                match kind {
                    "repository-verdict" => return Err(changed()),
                    kind if kind == self.kind => {
                        let finding = parse::finding(line, &block.repository, &block.name);
                        take(&finding.ok_or_else(changed)?)?;
                        left -= 1;
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}
