//! `git gate status`: reports the installed hooks, and proves that they refuse.

use std::fmt::Write as _;

use crate::error::Result;
use crate::git::Repo;
use crate::output::{self, Ui};
use crate::text::escape_path;
use crate::{ExitStatus, install};

/// Inspects and proves the hooks. The exit status is 0 only if each of them can refuse.
pub(crate) fn run(ui: &mut Ui) -> Result<ExitStatus> {
    let repo = Repo::open()?;
    let events = install::events(repo.is_bare());
    let mut inspection = install::inspect(&repo, events)?;
    let proven = install::prove(&inspection)?;
    let mut text = String::new();
    for slot in &inspection.slots {
        let _ = writeln!(text, "{} runs {}", slot.event, escape_path(slot.ours().0));
    }
    for event in &inspection.configured {
        let _ = writeln!(text, "{event} is installed in git config");
    }
    inspection.defects.extend(proven);
    let palette = ui.out_palette();
    for defect in &inspection.defects {
        text.push_str(&output::failure(&defect.message, &defect.repairs, palette));
    }
    let ready = inspection.defects.is_empty();
    text.push_str(if ready {
        "ready: every hook refused a bad commit and accepted a clean one\n"
    } else {
        "not ready\n"
    });
    ui.out(&text);
    Ok(if ready { ExitStatus::Clean } else { ExitStatus::Denied })
}
