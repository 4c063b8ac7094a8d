//! Merges of texts by the xdiff of libgit2, which is the one of git; one of the three modules with unsafe code.
//!
//! libgit2 itself merges texts with another diff algorithm than git, and passes no option for that of git on. So
//! its function is called here as git calls it, and the result has the same bytes, also where it conflicts.

#![expect(unsafe_code, reason = "the interface of xdiff is pointers; this module is where they end")]

use std::ffi::{CStr, c_char, c_int, c_long, c_ulong};
use std::marker::PhantomData;
use std::ptr;

/// Version of libgit2, major and minor number, of which the structures below are copies.
const LIBRARY: (u32, u32) = (1, 9);

/// Number of characters of a conflict marker (gitattributes(5), `conflict-marker-size`).
pub(super) const MARKER: usize = 7;

/// Maximum number of lines between the first and the last change of texts that are merged here.
///
/// The histogram is recursive, at most once for each of them, and a call takes about 200 bytes of the stack.
const MAX_LINES: usize = 1 << 13;

/// Labels with which git marks conflicts of merge bases.
const LABELS: [&CStr; 2] = [c"Temporary merge branch 1", c"Temporary merge branch 2"];

/// `XDF_HISTOGRAM_DIFF`, the default of `git merge-tree`.
const HISTOGRAM: c_ulong = 1 << 15;

/// `XDL_MERGE_ZEALOUS`: only the lines that differ are in conflict.
const ZEALOUS: c_int = 2;

/// Merge of two texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MergedText {
    /// The merged text; conflicts are marked as git marks them in a merge of merge bases.
    pub(super) text: Vec<u8>,
    pub(super) has_conflicts: bool,
}

/// `mmfile_t`, and `mmbuffer_t`.
#[repr(C)]
struct Buffer<'t> {
    start: *const c_char,
    size: c_long,
    text: PhantomData<&'t [u8]>,
}

/// `xpparam_t`.
#[repr(C)]
struct DiffParameters {
    flags: c_ulong,
    ignored: *const c_char,
    ignored_count: usize,
    anchors: *const c_char,
    anchor_count: usize,
}

/// `xmparam_t`.
#[repr(C)]
struct MergeParameters {
    diff: DiffParameters,
    marker_size: c_int,
    level: c_int,
    favor: c_int,
    style: c_int,
    base: *const c_char,
    ours: *const c_char,
    theirs: *const c_char,
}

unsafe extern "C" {
    /// Merges texts; returns the number of conflicts, or a negative number after a failure.
    fn xdl_merge(
        base: *const Buffer<'_>,
        ours: *const Buffer<'_>,
        theirs: *const Buffer<'_>,
        parameters: *const MergeParameters,
        result: *mut Buffer<'_>,
    ) -> c_int;
}

impl<'t> Buffer<'t> {
    fn of(text: &'t [u8]) -> Option<Self> {
        let size = c_long::try_from(text.len()).ok()?;
        Some(Self { start: text.as_ptr().cast(), size, text: PhantomData })
    }
}

/// Merges texts of which `texts` has the base, ours and theirs, with conflict markers of a size.
///
/// `None` if they are too large, or if libgit2 has another version.
pub(super) fn merge(texts: [&[u8]; 3], marker_size: usize) -> Option<MergedText> {
    let version = git2::Version::get().libgit2_version();
    let [base, ours, theirs] = texts;
    let is_small = changed_lines(base, ours) <= MAX_LINES && changed_lines(base, theirs) <= MAX_LINES;
    if (version.0, version.1) != LIBRARY || !is_small {
        return None;
    }
    libgit2_sys::init();
    let [base, ours, theirs] = [Buffer::of(base)?, Buffer::of(ours)?, Buffer::of(theirs)?];
    let parameters = MergeParameters {
        diff: DiffParameters {
            flags: HISTOGRAM,
            ignored: ptr::null(),
            ignored_count: 0,
            anchors: ptr::null(),
            anchor_count: 0,
        },
        marker_size: c_int::try_from(marker_size).ok()?,
        level: ZEALOUS,
        favor: 0,
        style: 0,
        base: ptr::null(),
        ours: LABELS[0].as_ptr(),
        theirs: LABELS[1].as_ptr(),
    };
    let mut result = Buffer { start: ptr::null(), size: 0, text: PhantomData };
    // SAFETY: the structures have the layout of this version of libgit2, and the buffers live until the function
    // returns. It reads the texts within their sizes, and writes only the result.
    let conflicts = unsafe {
        xdl_merge(&raw const base, &raw const ours, &raw const theirs, &raw const parameters, &raw mut result)
    };
    let size = usize::try_from(result.size).unwrap_or_default();
    let text = match result.start.is_null() {
        true => Vec::new(),
        // SAFETY: the function has allocated the result and written all of it.
        false => unsafe { std::slice::from_raw_parts(result.start.cast::<u8>(), size) }.to_vec(),
    };
    let mut owner = libgit2_sys::git_merge_file_result {
        automergeable: 0,
        path: ptr::null(),
        mode: 0,
        ptr: result.start,
        len: size,
    };
    // SAFETY: the result was allocated by the allocator of libgit2, which this function uses, and is not used later.
    unsafe { libgit2_sys::git_merge_file_result_free(&raw mut owner) };
    (conflicts >= 0).then_some(MergedText { text, has_conflicts: conflicts > 0 })
}

/// Returns the larger number of lines of two texts without their common begin and end.
fn changed_lines(base: &[u8], side: &[u8]) -> usize {
    let start = base.iter().zip(side).take_while(|(one, other)| one == other).count();
    let [base, side] = [base, side].map(|text| text.get(start..).unwrap_or_default());
    let end = base.iter().rev().zip(side.iter().rev()).take_while(|(one, other)| one == other).count();
    let lines =
        |text: &[u8]| memchr::memchr_iter(b'\n', text.get(..text.len() - end).unwrap_or_default()).count();
    lines(base).max(lines(side)) + 1
}
