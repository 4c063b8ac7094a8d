//! `git gate status`: reports the installed hooks, and proves that they refuse.

use crate::error::Result;
use crate::git::Repo;
use crate::output::{self, Ui};
use crate::{ExitStatus, install};

/// Inspects and proves the hooks. The exit status is 0 only if each of them can refuse.
pub(crate) fn run(ui: &mut Ui) -> Result<ExitStatus> {
    let examined = install::examine(&Repo::open()?)?;
    let mut text: String = examined.proofs.iter().map(|proof| format!("{proof}\n")).collect();
    let palette = ui.out_palette();
    for defect in &examined.defects {
        text.push_str(&output::failure(&defect.message, &defect.repairs, palette));
    }
    let ready = examined.defects.is_empty();
    text.push_str(if ready {
        "ready: every hook refused a bad commit and accepted a clean one\n"
    } else {
        "not ready\n"
    });
    ui.out(&text);
    Ok(if ready { ExitStatus::Clean } else { ExitStatus::Denied })
}
