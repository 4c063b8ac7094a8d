//! Packages that `install/package.sh` and `install/image.sh` make: `GIT_GATE_PACKAGES` is the directory in which `.ci/run` has put
//! them.

mod image;
mod managers;
mod system;
mod wheel;

use std::fs;
use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use crate::support::{Sandbox, not_tested, outer};

/// Returns the package whose name has an ending, or reports that nothing was tested.
fn package(what: &str, ending: &str) -> Option<PathBuf> {
    let Some(directory) = outer("GIT_GATE_PACKAGES").map(PathBuf::from) else {
        not_tested(what, "the packages of `install/package.sh`, in GIT_GATE_PACKAGES");
        return None;
    };
    let files = fs::read_dir(&directory).unwrap().map(|file| file.unwrap().path());
    let found: Vec<PathBuf> = files.filter(|file| file.to_str().unwrap().ends_with(ending)).collect();
    assert_eq!(found.len(), 1, "packages that end with {ending}: {found:?}");
    found.into_iter().next()
}

/// Returns whether a program is on the PATH of the sandbox.
fn has(sandbox: &Sandbox, program: &str) -> bool {
    sandbox.run("sh").args(["-c", "command -v \"$0\"", program]).transcript().status() == Some(0)
}

/// Removes the binary under test, so that only the packaged one can be found.
fn without_ours() -> Sandbox {
    let sandbox = Sandbox::new();
    fs::remove_file(sandbox.path("bin/git-gate")).unwrap();
    sandbox
}

/// Returns the directory that a variable of the machine names, or that has a name in its home directory.
fn home_of(variable: &str, name: &str) -> PathBuf {
    let home = || Path::new(&outer("HOME").expect("a machine that builds has a HOME")).join(name);
    outer(variable).map_or_else(home, PathBuf::from)
}

/// Fails if a file has the path of the source, or of the registry of its builder.
#[track_caller]
fn assert_no_builder(content: &[u8]) {
    let home = home_of("CARGO_HOME", ".cargo");
    for path in [env!("CARGO_MANIFEST_DIR"), home.to_str().unwrap()] {
        assert!(!content.contains_str(path), "{path}");
    }
}

#[test]
fn static_file_has_no_path_of_its_builder() {
    let Some(file) = outer("GIT_GATE_STATIC") else {
        return not_tested("the static file", "what `install/static.sh` builds, in GIT_GATE_STATIC");
    };
    assert_no_builder(&fs::read(file).unwrap());
}
