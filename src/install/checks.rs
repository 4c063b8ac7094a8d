//! Checks of everything that a hook depends on: its file, its directory, its program, and the policy.

use std::path::Path;

use bstr::ByteSlice as _;

use super::binary;
use super::defect::Defect;
use super::hook_file::is_run;
use super::hook_slot::{BackedUpHook, HookSlot};
use super::linked::links_to;
use super::shim::Shim;
use crate::error::{Error, Result};
use crate::hook::HookEvent;
use crate::platform;
use crate::text::{as_path, escape_path, quoted_path};

/// Reports a hooks directory in which every user may replace files.
///
/// It is writable by all users and does not have the sticky bit.
pub(super) fn directory_open_to_all(directory: &Path) -> Option<Defect> {
    let open = directory.metadata().is_ok_and(|found| platform::replaceable_by_all(&found));
    open.then(|| {
        let message = format!("every user can replace the hooks in {}", escape_path(directory));
        Defect::new(message, format!("remove the permission: `chmod o-w {}`", quoted_path(directory)))
    })
}

pub(super) fn hook_not_run(hook: &Path) -> Defect {
    let anybody = hook.metadata().is_ok_and(|found| platform::is_executable_by_any(&found));
    if anybody {
        let message = format!("{} cannot be executed here, so git skips it", escape_path(hook));
        return Defect::new(message, "check the mount options (`noexec`) and the owner");
    }
    let message = format!("{} is not executable, so git skips it", escape_path(hook));
    Defect::new(message, format!("make it executable: `chmod +x {}`", quoted_path(hook)))
}

/// Reports a link by which git, or another hook, runs our hook for something else.
pub(super) fn runs_through_link(hook: &Path) -> Option<Defect> {
    links_to(hook).first().map(|link| {
        Defect::new(
            format!("{} is a link to {}, so git-gate runs for it, too", escape_path(link), escape_path(hook)),
            format!("remove the link: `rm {}`", quoted_path(link)),
        )
    })
}

pub(super) fn defects_of_shim(slot: &HookSlot, shim: &Shim) -> Vec<Defect> {
    let mut defects = Vec::new();
    if shim.chained {
        let kept = &slot.backup;
        match slot.backed_up {
            BackedUpHook::Nothing => defects.push(Defect::new(
                format!("the chained hook is missing: {}", escape_path(kept)),
                "restore it, or continue without it: `git gate install`",
            )),
            BackedUpHook::Hook { runs: false, .. } => defects.push(Defect::new(
                format!("the chained hook cannot be executed: {}", escape_path(kept)),
                format!("make it executable: `chmod +x {}`", quoted_path(kept)),
            )),
            BackedUpHook::Hook { .. } => {}
        }
    }
    defects.extend(defect_of_binary(slot.event, &shim.binary));
    defects
}

pub(super) fn defect_of_binary(event: HookEvent, path: &Path) -> Option<Defect> {
    let help = "make the hooks call this git-gate: `git gate install`";
    if !is_run(path) || !path.is_file() {
        return Some(Defect::new(
            format!("{event} calls {}, which is missing or not executable", escape_path(path)),
            help,
        ));
    }
    if path.metadata().is_ok_and(|found| platform::written_by_all(&found)) {
        let message = format!("every user can write to {}, which {event} calls", escape_path(path));
        return Some(Defect::new(
            message,
            format!("remove the permission: `chmod o-w {}`", quoted_path(path)),
        ));
    }
    (!binary::is_this_program(path)).then(|| {
        let message = format!(
            "{event} calls {}, which is a different version of git-gate, or another program",
            escape_path(path)
        );
        Defect::new(message, help)
    })
}

/// Reports a script whose interpreter cannot be started.
pub(super) fn defect_of_interpreter(script: &Path, text: &[u8]) -> Option<Defect> {
    let first = text.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    if first.ends_with(b"\r") {
        return Some(Defect::new(
            format!(
                "the first line of {} ends with a carriage return, so it cannot be started",
                escape_path(script)
            ),
            format!("remove them: `sed -i 's/\\r$//' {}`", quoted_path(script)),
        ));
    }
    let interpreter = as_path(first.fields().next()?);
    (interpreter.is_absolute() && !is_run(interpreter)).then(|| {
        Defect::new(
            format!(
                "{} is started by {}, which is missing or not executable",
                escape_path(script),
                escape_path(interpreter)
            ),
            format!("install that program, or remove the hook: `rm {}`", quoted_path(script)),
        )
    })
}

/// Returns whether a hook may run: it calls this program, or, if its program is gone, the one on PATH.
pub(super) fn may_run(binary: &Path) -> bool {
    !is_run(binary) || binary::is_this_program(binary)
}

pub(super) fn writable_by_others(file: &Path) -> Result<Option<Defect>> {
    let metadata =
        file.metadata().map_err(|error| Error::io(format!("cannot access {}", escape_path(file)), error))?;
    Ok(platform::written_by_others(&metadata).then(|| {
        let message = format!("users other than the owner can write to {}", escape_path(file));
        Defect::new(message, format!("remove the permission: `chmod go-w {}`", quoted_path(file)))
    }))
}
