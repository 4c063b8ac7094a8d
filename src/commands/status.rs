//! `git gate status`: reports the installed hooks, and proves that they refuse.

use std::fmt::Write as _;

use crate::ExitStatus;
use crate::cli::StatusArgs;
use crate::error::Result;
use crate::git::Repo;
use crate::install::{Examination, examine, examine_file};
use crate::output::{self, Palette, Ui};

/// Inspects and proves the hooks. The exit status is 0 only if each of them can refuse.
pub(crate) fn run(args: &StatusArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let examined = match &args.hook {
        Some(hook) => {
            super::need_server_system()?;
            examine_file(hook)?
        }
        None => {
            let repo = Repo::open()?;
            if repo.is_bare() {
                super::need_server_system()?;
            }
            examine(&repo)?
        }
    };
    ui.out(&render(&examined, ui.out_palette()));
    Ok(if examined.defects.is_empty() { ExitStatus::Clean } else { ExitStatus::Denied })
}

fn render(examined: &Examination, palette: Palette) -> String {
    let mut text: String = examined.proofs.iter().map(|proof| format!("{proof}\n")).collect();
    for defect in &examined.defects {
        text.push_str(&output::failure(&defect.message, &defect.repairs, palette));
    }
    // Writing to a String cannot fail.
    for note in &examined.notes {
        let _ = writeln!(text, "note: {note}");
    }
    text + match (examined.defects.is_empty(), examined.warns_only) {
        (false, _) => "not ready\n",
        (true, true) => "warns only, by policy: every hook works, and `warn-only` lets everything in\n",
        (true, false) => "ready: every hook refused a bad commit and accepted a clean one\n",
    }
}
