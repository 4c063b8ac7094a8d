//! Names and paths: text of Unicode. git has them as UTF-8 with slashes, whatever the system calls them.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

/// Name for bytes that are no name here, because they are not UTF-8: neither the file system nor git has it.
const NO_NAME: &str = "<not UTF-8>";

/// Start of the paths that the system returns, and that neither git nor the shell takes, with what they write instead.
const VERBATIM: [(&str, &str); 2] = [(r"\\?\UNC\", r"\\"), (r"\\?\", "")];

/// Returns the bytes of a name or a path, as the system has it.
pub(crate) fn bytes_of(name: &(impl AsRef<OsStr> + ?Sized)) -> &[u8] {
    name.as_ref().as_encoded_bytes()
}

/// Returns bytes, such as a refname, as a name for the system; one that nothing has if they are not UTF-8.
pub(crate) fn os_str(bytes: &[u8]) -> &OsStr {
    OsStr::new(str::from_utf8(bytes).unwrap_or(NO_NAME))
}

/// Returns bytes as an owned name for the system; one that nothing has if they are not UTF-8.
pub(crate) fn os_string(bytes: Vec<u8>) -> OsString {
    os_str(&bytes).to_owned()
}

/// Returns a path as git and the shell take it, and as people read it: `C:/Users/ana`.
pub(crate) fn path_bytes(path: &Path) -> Cow<'_, [u8]> {
    let path = without_start(path);
    let turned = path.as_os_str().as_encoded_bytes().iter();
    Cow::Owned(turned.map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect())
}

/// Returns the absolute path to which a path leads, without links, in the form that git uses.
///
/// # Errors
/// Fails if nothing is there, or the system refuses.
pub(crate) fn real_path(path: &Path) -> io::Result<PathBuf> {
    path.canonicalize().map(|path| without_start(&path).into_owned())
}

/// Returns the home directory where `HOME` is not set, as git for Windows finds it (`setup_windows_environment` in its
/// compat/mingw.c): services have the directory of the system as theirs, which does not count.
pub(crate) fn default_home(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let in_two = variable("HOMEDRIVE").zip(variable("HOMEPATH")).map(|(mut drive, path)| {
        drive.push(path);
        PathBuf::from(drive)
    });
    let real = |path: &Path| path.canonicalize().ok();
    let system = variable("SYSTEMROOT").and_then(|root| real(&Path::new(&root).join("System32")));
    in_two
        .filter(|home| home.is_dir() && real(home) != system)
        .or_else(|| Some(variable("USERPROFILE").filter(|home| !home.is_empty())?.into()))
}

/// Returns a path without the start by which the system says that it is not to be changed.
fn without_start(path: &Path) -> Cow<'_, Path> {
    let short = path.to_str().and_then(|text| {
        VERBATIM.iter().find_map(|(start, instead)| Some(format!("{instead}{}", text.strip_prefix(start)?)))
    });
    short.map_or(Cow::Borrowed(path), |short| Cow::Owned(short.into()))
}
