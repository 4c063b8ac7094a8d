//! `git gate man`: manual pages, shown by `git help gate` and `git gate --help`.

mod page;
mod sections;

use std::io;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory as _};

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
            write_pages(&commands(), directory).map_err(cannot)?;
            let formats = section_5(directory);
            std::fs::create_dir_all(&formats).map_err(cannot)?;
            std::fs::write(formats.join("git-gate-policy.5"), man_page()).map_err(cannot)?;
        }
        None => {
            let page = page::page(&commands());
            ui.out(&page.map_err(|error| Error::io("cannot write the manual page", error))?);
        }
    }
    Ok(ExitStatus::Clean)
}

/// Returns the command with all its subcommands, which know their full names.
fn commands() -> Command {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    command
}

/// Writes the page of a command, and those of its subcommands.
fn write_pages(command: &Command, directory: &Path) -> io::Result<()> {
    let shown = command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set());
    for subcommand in shown {
        write_pages(subcommand, directory)?;
    }
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    std::fs::write(directory.join(format!("{name}.1")), page::page(command)?)
}

/// Returns the directory of pages about file formats: `man5` beside a directory `man1`, else the directory itself.
fn section_5(directory: &Path) -> PathBuf {
    match directory.file_name() {
        Some(name) if name == "man1" => directory.with_file_name("man5"),
        _ => directory.to_owned(),
    }
}
