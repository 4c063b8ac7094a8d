//! Extended attributes of files, with the other attributes that a new file in the place of an old one has to have.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::Path;

use rustix::fs::{XattrFlags, fsetxattr, getxattr, listxattr};
use rustix::io::Errno;

/// Maximum size of the value of an attribute, and of the list of names (on Linux).
const MAXIMUM: usize = 1 << 16;

/// Copies permissions, owner, group and extended attributes to a new file.
///
/// # Errors
/// Fails if the system refuses, as it does if the file belongs to somebody else.
pub(crate) fn copy_attributes(from: &Path, to: &File) -> io::Result<()> {
    let (old, new) = (from.metadata()?, to.metadata()?);
    if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
        fchown(to, Some(old.uid()), Some(old.gid()))?;
    }
    let mut buffer = vec![0; MAXIMUM];
    let names = match listxattr(from, &mut buffer) {
        Ok(length) => buffer.get(..length).unwrap_or_default().to_vec(),
        Err(Errno::NOTSUP) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    for name in names.split_inclusive(|byte| *byte == 0) {
        let Ok(name) = CStr::from_bytes_with_nul(name) else { continue };
        // The system itself gives a new file its labels.
        if name.to_bytes().starts_with(b"security.") {
            continue;
        }
        let length = getxattr(from, name, &mut buffer)?;
        match fsetxattr(to, name, buffer.get(..length).unwrap_or_default(), XattrFlags::empty()) {
            // Those of macOS itself, such as where a file comes from, are not for everybody to set.
            Err(Errno::PERM | Errno::ACCESS) if name.to_bytes().starts_with(b"com.apple.") => {}
            set => set?,
        }
    }
    // Last, because a change of the owner takes bits away.
    to.set_permissions(old.permissions())
}

/// Returns whether a place has a POSIX access control list, or gives one to what is created in it.
pub(crate) fn has_access_list(place: &Path) -> bool {
    let exists = |name| match getxattr(place, name, &mut [0_u8; 256]) {
        Ok(_) => true,
        Err(error) => error == Errno::RANGE,
    };
    exists("system.posix_acl_access") || exists("system.posix_acl_default")
}
