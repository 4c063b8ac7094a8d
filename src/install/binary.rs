//! Path by which the hooks call git-gate.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::env;
use crate::error::{Error, Result};
use crate::platform;

/// Returns the absolute path of the running program.
///
/// Prefers the name on PATH if it leads to this file: a package manager keeps that name when it replaces
/// the file.
///
/// # Errors
/// Fails if the system does not report the path, or if the file no longer exists.
pub(crate) fn own_path() -> Result<PathBuf> {
    let real = env::running_program()
        .and_then(|path| platform::real_path(&path))
        .map_err(|error| Error::io("cannot find the path of the running program", error))?;
    Ok(match env::on_path("git-gate") {
        Some(path) if path.is_absolute() && leads_to(&path, &real) => path,
        _ => real,
    })
}

fn leads_to(path: &Path, real: &Path) -> bool {
    platform::real_path(path).is_ok_and(|target| target == real)
}

/// Returns whether a file is the running program: the same file, or a copy of it.
///
/// The hooks of a foreign repository may name any program, so it is not run to find out.
pub(super) fn is_this_program(path: &Path) -> bool {
    let same = || -> std::io::Result<bool> {
        let own = env::running_program()?;
        let (mine, its) = (own.metadata()?, path.metadata()?);
        let id = platform::file_id(&own, &mine);
        if id.is_some() && id == platform::file_id(path, &its) {
            return Ok(true);
        }
        let may_be_equal = its.is_file() && mine.len() == its.len();
        Ok(may_be_equal && have_equal_bytes(&mut File::open(own)?, &mut File::open(path)?)?)
    };
    same().unwrap_or(false)
}

fn have_equal_bytes(one: &mut File, other: &mut File) -> std::io::Result<bool> {
    let (mut of_one, mut of_other) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let read = one.read(&mut of_one)?;
        let (some, same) = (of_one.get(..read), of_other.get_mut(..read));
        let (Some(some), Some(same)) = (some, same) else { return Ok(false) };
        if read == 0 {
            return Ok(true);
        }
        other.read_exact(same)?;
        if some != same {
            return Ok(false);
        }
    }
}
