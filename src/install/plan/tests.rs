use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::super::removal::plan_uninstall;
use super::*;
use crate::platform::for_tests::{mode, set_mode};

const FOREIGN: &[u8] = b"#!/bin/sh\n# foreign \xff\n";

/// Creates a hooks directory with a foreign hook for each event; none if `mode` is `None`.
fn directory(folder: &tempfile::TempDir, mode: Option<u32>) -> PathBuf {
    let hooks = folder.path().join("hooks");
    let _ = fs::remove_dir_all(&hooks);
    if let Some(mode) = mode {
        fs::create_dir(&hooks).unwrap();
        for event in HookEvent::ALL {
            fs::write(hooks.join(event.name()), FOREIGN).unwrap();
            set_mode(&hooks.join(event.name()), mode);
        }
    }
    hooks
}

fn files(hooks: &Path) -> BTreeMap<String, (u32, Vec<u8>)> {
    let entries = fs::read_dir(hooks).into_iter().flatten().map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        let mode = mode(&path);
        (path.file_name().unwrap().to_str().unwrap().to_owned(), (mode, fs::read(&path).unwrap()))
    };
    entries.map(read).collect()
}

fn apply(steps: &[InstallStep]) {
    steps.iter().for_each(|step| step.apply().unwrap());
}

#[test]
fn interruption_leaves_the_old_or_the_new_hook() {
    let folder = tempfile::tempdir().unwrap();
    let installation = Installation { binary: Path::new("/opt/git-gate"), tracked: &[] };
    for mode in [Some(0o755), Some(0o644), None] {
        let hooks = directory(&folder, mode);
        let before = files(&hooks);
        let steps = plan_install(&hooks, &HookEvent::ALL, installation).unwrap();
        apply(&steps);
        let installed = files(&hooks);
        let back = plan_uninstall(&hooks, &HookEvent::ALL).unwrap().len();
        for (cut, goes_in) in
            (0..=steps.len()).map(|cut| (cut, true)).chain((0..=back).map(|cut| (cut, false)))
        {
            for leads_in in [true, false] {
                directory(&folder, mode);
                let mut steps = plan_install(&hooks, &HookEvent::ALL, installation).unwrap();
                if !goes_in {
                    apply(&steps);
                    steps = plan_uninstall(&hooks, &HookEvent::ALL).unwrap();
                }
                apply(&steps[..cut]);
                let now = files(&hooks);
                for name in HookEvent::ALL.map(HookEvent::name) {
                    let hook = now.get(name);
                    assert!(hook == before.get(name) || hook == installed.get(name), "{name} after {cut}");
                }
                if hooks.exists() {
                    fs::write(hooks.join(".git-gate-aB3xyz.new"), "#!/bin/sh\n# git-gate shim, fo").unwrap();
                }
                if leads_in {
                    apply(&plan_install(&hooks, &HookEvent::ALL, installation).unwrap());
                    assert_eq!(files(&hooks), installed, "after {cut}");
                } else {
                    apply(&plan_uninstall(&hooks, &HookEvent::ALL).unwrap());
                    assert_eq!(files(&hooks), before, "after {cut}");
                }
            }
        }
    }
}
