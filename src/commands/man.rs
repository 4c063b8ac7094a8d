//! `git gate man`: manual pages, shown by `git help gate` and `git gate --help`.

use std::path::{Path, PathBuf};

use clap::CommandFactory as _;

use crate::cli::{Cli, ManArgs};
use crate::error::{Error, ExitStatus, Result};
use crate::output::{Ui, man_page};
use crate::text::escape_path;

/// Writes the pages of all commands to a directory, or the page of git-gate to standard output.
pub(crate) fn run(args: &ManArgs, ui: &mut Ui) -> Result<ExitStatus> {
    match &args.pages {
        Some(directory) => {
            let cannot = |error| Error::io(format!("cannot write to {}", escape_path(directory)), error);
            std::fs::create_dir_all(directory).map_err(cannot)?;
            clap_mangen::generate_to(Cli::command(), directory).map_err(cannot)?;
            let formats = section_5(directory);
            std::fs::create_dir_all(&formats).map_err(cannot)?;
            std::fs::write(formats.join("git-gate-policy.5"), man_page()).map_err(cannot)?;
        }
        None => {
            let mut page = Vec::new();
            let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
            rendered.map_err(|error| Error::io("cannot write the manual page", error))?;
            ui.out(&String::from_utf8_lossy(&page));
        }
    }
    Ok(ExitStatus::Clean)
}

/// Returns the directory of pages about file formats: `man5` beside a directory `man1`, else the directory itself.
fn section_5(directory: &Path) -> PathBuf {
    match directory.file_name() {
        Some(name) if name == "man1" => directory.with_file_name("man5"),
        _ => directory.to_owned(),
    }
}
