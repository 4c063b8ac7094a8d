//! Signs that a hook depends on its own name, or on the names in its folder.

use bstr::ByteSlice as _;

use crate::hook::HookEvent;

/// Words of a script that looks at the name of its own file.
///
/// A script may use its own folder: a hook that is kept under another name is still in it.
const OWN_NAME: &[&str] = &[
    "$0",
    "${0",
    "BASH_SOURCE",
    "BASH_ARGV0",
    "ZSH_ARGZERO",
    "ZSH_SCRIPT",
    "${(%)",
    ".sh.file",
    "__FILE__",
    "__file__",
    "$PROGRAM_NAME",
    "FindBin",
    "getsourcefile",
    "getfile(",
    "__filename",
    "import.meta",
    "require.main.filename",
    "mainModule",
    "argv0",
    "argv[0]",
    "arg[0]",
    "ARGV0",
    "info script",
    "info_name",
    "prog_name",
    "$_SERVER",
    "get_included_files",
    "import argv",
    "{ argv",
    "{argv",
    "orig_argv",
    "array_shift($argv",
    ".prog",
    "Bun.main",
    "status filename",
    "status basename",
    "status current-filename",
    "MAKEFILE_LIST",
    "commandArgs",
    "/proc/self",
    "/proc/$$",
    "program_invocation",
];

/// Uses of the own name that depend only on the folder.
pub(super) const OWN_FOLDER: &[&str] = &[
    "dirname \"$0\"",
    "dirname -- \"$0\"",
    "dirname $0",
    "${0%/*}",
    "dirname \"${BASH_SOURCE[0]}\"",
    "dirname -- \"${BASH_SOURCE[0]}\"",
    "dirname \"$BASH_SOURCE\"",
    "path.dirname(__file__)",
    "File.dirname(__FILE__)",
];

/// Returns the word by which a script looks at its own name; `None` if it would do the same under another name.
pub(super) fn names_itself(text: &[u8]) -> Option<&'static str> {
    let text = OWN_FOLDER.iter().fold(text.to_vec(), |text, used| text.replace(used, ""));
    let word = OWN_NAME.iter().copied().find(|word| text.contains_str(word));
    // The second word is the script for node, and the first argument for python and php.
    let is_script =
        |at: usize| !text.split_at(at).0.ends_with(b"sys.") && !text.split_at(at).0.ends_with(b"$");
    let has_script = || text.find_iter("argv[1]").any(is_script);
    word.or_else(|| has_script().then_some("argv[1]")).or_else(|| uses_whole_argv(&text).then_some("argv"))
}

/// Returns whether a script uses the list of its arguments with the first one, which is its own name.
fn uses_whole_argv(text: &[u8]) -> bool {
    ["sys.argv", "process.argv"].iter().any(|list| {
        text.find_iter(list).any(|at| {
            let rest = text.split_at(at + list.len()).1;
            let first = if *list == "sys.argv" { 1 } else { 2 };
            let numbers = (first..=9).map(|number| format!("[{number}"));
            let slices = (first..=9).map(|number| format!(".slice({number}"));
            let is_word = !rest.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
            let is_benign = numbers.chain(slices).any(|used| rest.starts_with(used.as_bytes()));
            is_word
                && !is_benign
                && !text.split_at(at).0.ends_with_str("len(")
                && !rest.starts_with(b".length")
        })
    })
}

/// Words with which scripts look for files.
const LISTINGS: &[&str] = &[
    "glob",
    "listdir",
    "scandir",
    "iterdir",
    "readdir",
    "opendir",
    "os.walk",
    "os.fwalk",
    "Dir[",
    "Dir.",
    "Dir::",
    "compgen",
    "run-parts",
    "find ",
    "$(ls",
    "`ls",
    "File::Find",
    "<*",
    "*>",
];

/// Returns whether a script looks for files, among which may be the script itself under another name.
pub(super) fn lists_its_folder(text: &[u8]) -> bool {
    let is_loop = |line: &[u8]| {
        let line = line.trim_start();
        (line.starts_with(b"for") || line.starts_with(b"set ")) && line.contains(&b'*')
    };
    LISTINGS.iter().any(|word| text.contains_str(word))
        || text.lines().flat_map(|line| line.split_str(";")).any(is_loop)
        || HookEvent::ALL
            .iter()
            .any(|event| text.contains_str(format!("{event}.*")) || text.contains_str(format!("{event}*")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_name_themselves_are_found() {
        for text in [
            "case ${0##*/} in",
            "name=$(basename \"$0\")",
            "for part in \"$0.parts\"/*",
            "readlink -f \"$0\"",
            "import os; os.path.basename(__file__)",
            "name = sys.argv[0]",
            "main(sys.argv)",
            "main(sys.argv[:2])",
            "prog, *rest = sys.argv\n",
            "File.basename($0)",
            "hook = File.basename(__FILE__)",
            "use FindBin qw($Script);",
            "path.basename(process.argv[1])",
            "const [, self] = process.argv;",
            "path.basename(__filename)",
            "import.meta.url",
            "const {argv} = process; f(argv[1])",
            "from sys import argv",
            "sys.orig_argv",
            "$me = array_shift($argv);",
            "print(parser.prog)",
        ] {
            assert!(names_itself(text.as_bytes()).is_some(), "{text}");
        }
        for text in [
            "exit 0",
            "cd \"$(dirname \"$0\")\"",
            ". \"${0%/*}/library\"",
            "open(sys.argv[1])",
            "open($argv[1])",
            "if len(sys.argv) > 1: main(sys.argv[1:])",
            "process.argv.slice(2)",
            "process.argv[2]",
            "my ($file) = @ARGV;",
            "ARGV[0]",
        ] {
            assert_eq!(names_itself(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn scripts_that_look_for_files_are_found() {
        for text in [
            "glob.glob(d + '/pre-push.*')",
            "os.listdir(d)",
            "for h in \"$d\"/*; do",
            "Dir['*'].each",
            "ls pre-push.*",
        ] {
            assert!(lists_its_folder(text.as_bytes()), "{text}");
        }
        for text in ["print(2 * 3)", "exit 0", "for line in sys.stdin:"] {
            assert!(!lists_its_folder(text.as_bytes()), "{text}");
        }
    }
}
