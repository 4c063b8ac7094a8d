//! Signs that a hook depends on its own name, on its own text, or on the process that has started it.

use bstr::{BStr, BString, ByteSlice as _};

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
const OWN_FOLDER: &[&str] = &[
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

/// Programs that start the program that they are given.
const STARTERS: &[&str] = &[
    "exec", "command", "env", "sudo", "su", "doas", "runuser", "flock", "timeout", "nohup", "setsid", "nice",
    "ionice", "stdbuf", "time", "xargs", "eval", "unshare", "chroot", "busybox", "sh", "bash", "dash", "ash",
    "ksh", "zsh", "python", "python2", "python3", "perl", "ruby", "node", "tclsh", "wish", "php", "lua",
    "guile", "java", "bun", "deno",
];

/// Words of the shell before a command.
const KEYWORDS: &[&str] = &["if", "then", "else", "elif", "do", "while", "until", "!", "{"];

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

/// Returns why a shell script would notice that git-gate has started it, although it sees its own name.
pub(super) fn notices_start(text: &[u8], name: &str) -> Option<&'static str> {
    if text.contains_str("PPID") || text.contains_str("getppid") || text.contains_str("pstree") {
        return Some("looks at the process that has started it");
    }
    if text.contains_str("/_/husky.sh") {
        return Some("is started a second time by husky.sh");
    }
    let own = own_words(text, name);
    let lines = || text.lines().map(<[u8]>::trim_start).filter(|line| !line.starts_with(b"#"));
    if lines().any(|line| own.iter().any(|word| starts(line, word))) {
        return Some("starts itself again");
    }
    let uses = lines().any(|line| own.iter().any(|word| compares_or_writes(line, word)));
    uses.then_some("compares or replaces its own file")
}

/// Returns the words by which a shell script may mean its own file: `$0`, variables with it, and its path.
fn own_words(text: &[u8], hook: &str) -> Vec<BString> {
    let spellings = |name: &BStr| {
        [format!("\"${name}\""), format!("${name}"), format!("\"${{{name}}}\""), format!("${{{name}}}")]
    };
    let mut words: Vec<BString> =
        ["0", "BASH_SOURCE"].iter().flat_map(|name| spellings((*name).into())).map(BString::from).collect();
    words.push("\"${BASH_SOURCE[0]}\"".into());
    let mut folders: Vec<BString> = Vec::new();
    for (name, value) in text.lines().filter_map(assignment) {
        let folder = OWN_FOLDER.iter().find_map(|used| value.find(used).map(|at| at + used.len()));
        let is_folder = folder.is_some_and(|end| !value.split_at(end).1.contains(&b'/'));
        if is_folder {
            folders.extend([format!("${name}").into(), format!("${{{name}}}").into()]);
        } else if folder.is_none()
            && (value.contains_str("$0") || value.contains_str("${0}") || value.contains_str("${BASH_SOURCE"))
            && !value.contains_str("basename")
            && !value.contains_str("dirname")
            && !value.contains_str("##")
        {
            words.extend(spellings(name).map(BString::from));
        }
    }
    folders.extend(
        ["$(dirname \"$0\")", "$(dirname $0)", "${0%/*}", ".git/hooks", "$GIT_DIR/hooks"].map(BString::from),
    );
    for folder in folders {
        words.extend([
            format!("\"{folder}/{hook}\"").into(),
            format!("\"{folder}\"/{hook}").into(),
            format!("{folder}/{hook}").into(),
        ]);
    }
    words
}

/// Returns the name and the value of a variable that a line sets.
fn assignment(line: &[u8]) -> Option<(&BStr, &[u8])> {
    let (before, value) = line.trim_start().split_once_str("=")?;
    let name = before.fields().last().filter(|_| !before.ends_with(b" "))?;
    let is_name = name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    is_name.then_some((name.as_bstr(), value))
}

/// Programs that notice our line in a file, or write over it.
const COMPARERS: &[&str] = &[
    "cmp",
    "diff",
    "cp",
    "mv",
    "install",
    "ln",
    "rsync",
    "sha1sum",
    "sha224sum",
    "sha384sum",
    "shasum",
    "b2sum",
    "md5",
    "openssl",
    "gpg",
    "gpgv",
    "wc",
    "stat",
    "du",
    "base64",
    "xxd",
    "od",
    "gzip",
    "head",
    "sha256sum",
    "sha512sum",
    "md5sum",
    "cksum",
    "sum",
    "hash-object",
];

/// Returns whether a line of a shell script compares the file of a word, or writes over it.
fn compares_or_writes(line: &[u8], word: &BString) -> bool {
    line.find_iter(word).any(|at| {
        let (before, rest) = line.split_at(at);
        let is_end = rest.split_at(word.len()).1.first().is_none_or(|byte| b" \t;&|)<>".contains(byte));
        let is_start = before.last().is_none_or(|byte| b" \t<>".contains(byte));
        let from = before.rfind_byteset(b";&|()`").map_or(0, |at| at + 1);
        let mut used = before.split_at(from).1.fields();
        let is_program = |word: &[u8]| COMPARERS.iter().any(|program| word == program.as_bytes());
        is_start && is_end && (used.any(is_program) || before.trim_end().ends_with(b">"))
    })
}

/// Returns whether a line of a shell script starts the file of a word, perhaps through another program.
fn starts(line: &[u8], word: &BString) -> bool {
    line.find_iter(word).any(|at| {
        let (before, rest) = line.split_at(at);
        let is_end = |byte: &u8| b" \t;&|)<>".contains(byte);
        let is_start = before.last().is_none_or(|byte| b" \t;&|(`'".contains(byte));
        let after = rest.split_at(word.len()).1;
        // A word before the bracket is a function of another language.
        let is_argument =
            before.strip_suffix(b"(").and_then(|name| name.last()).is_some_and(u8::is_ascii_alphanumeric);
        let is_compared = after.trim_start().starts_with(b"=") || after.trim_start().starts_with(b"!=");
        is_start && after.first().is_none_or(is_end) && !is_compared && !is_argument && is_started(before)
    })
}

/// Returns whether the last word of a command is started, according to the text before that word.
fn is_started(before: &[u8]) -> bool {
    let from = before.rfind_byteset(b";&|()`").map_or(0, |at| at + 1);
    let is_keyword = |word: &[u8]| KEYWORDS.iter().any(|keyword| word == keyword.as_bytes());
    let mut words = before.split_at(from).1.fields().skip_while(|word| is_keyword(word));
    let first = words.find(|word| !is_assignment(word));
    first.is_none_or(|first| {
        // A script may quote the word, so that another interpreter reads it as a text.
        let first = first.trim_with(|quote| matches!(quote, '"' | '\''));
        let name = first.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        STARTERS.iter().any(|starter| name == starter.as_bytes())
    })
}

fn is_assignment(word: &[u8]) -> bool {
    let is_name = |name: &[u8]| name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    word.split_once_str("=").is_some_and(|(name, _)| !name.is_empty() && is_name(name))
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

    #[test]
    fn scripts_that_start_themselves_are_found() {
        for line in [
            "exec bash \"$0\" \"$@\"",
            "[ -n \"$BASH_VERSION\" ] || exec bash $0 \"$@\"",
            "[ \"$LOCK\" = \"$0\" ] || exec env LOCK=\"$0\" flock -en \"$0\" \"$0\" \"$@\"",
            "sudo -u git \"$0\" \"$@\"",
            "A=b timeout 9 \"$0\" \"$@\"",
            "\"$0\" --child &",
            "if ! \"$0\" x; then",
            "exec python3 \"$0\" \"$@\"",
            "\"exec\" \"python3\" \"$0\" \"$@\"",
            "''''exec python3 \"$0\" \"$@\" # '''",
            "\":\" //; exec /usr/bin/env node \"$0\" \"$@\"",
            "eval 'exec perl -S $0 ${1+\"$@\"}'",
            "out=$(\"$0\" --list)",
            "/usr/bin/env python3 \"$0\" \"$@\"",
            "ps -o command= -p $PPID",
            "self=$0\nexec bash \"$self\" \"$@\"",
            "self=$(readlink -f \"$0\")\n\"$self\" --child",
            "d=$(dirname \"$0\")\nexec \"$d/pre-push\" \"$@\"",
            "exec \"$(dirname \"$0\")/pre-push\" \"$@\"",
            "cmp -s \"$0\" orig || exit 1",
            "[ \"$(head -2 \"$0\" | tail -1)\" = 'exit 0' ] || exit 1",
            "[ -e orig ] && cp orig \"$0\"",
            "me=$0; cp orig $me",
            "cat orig >\"$0\"",
            "[ \"$(sha256sum <\"$0\")\" = x ]",
            "[ \"$(wc -c <\"$0\")\" = 120 ]",
            "size=$(stat -c %s \"$0\")",
            "openssl dgst -sha256 -verify key -signature sig \"$0\" || exit",
        ] {
            assert!(notices_start(line.as_bytes(), "pre-push").is_some(), "{line}");
        }
        for line in [
            "exec \"$(dirname \"$0\")/other\" \"$@\"",
            "for part in \"$(dirname \"$0\")/$(basename \"$0\").parts\"/*; do [ ! -x \"$part\" ] || \"$part\" || exit 1; done",
            "echo \"$0: no\"",
            "echo \"$0\" failed",
            "case $0 in",
            "[ $0 = hooks/pre-receive ] && exit 1",
            "sed -n '2,5p' \"$0\"",
            "tail -n +20 \"$0\" | sh",
            "cd \"$(dirname \"$0\")\"",
            "self=$(readlink -f \"$0\")",
            "name=$(basename \"$0\")\n\"$name\" x",
            "name=${0##*/}\n$name",
            "exec .githooks/pre-push \"$@\"",
            "root=$(dirname \"$0\")/../..\n\"$root/pre-push\"",
            "cp \"$1\" x; echo \"$0\"",
            "if [[ \"${BASH_SOURCE[0]}\" == \"$0\" ]]; then main \"$@\"; fi",
            "for h in $0.*; do",
            "# exec \"$0\"",
            "test \"$0\"",
            "exit unless File.basename($0) == 'x'",
            "if [[ ${BASH_SOURCE[0]} == \"$0\" && $0 == */pre-receive ]]; then WORK; fi",
            "[[ $0 == x || x == $0 ]] && { x; }",
            "if [ \"$0\" = x ]; then",
        ] {
            assert_eq!(notices_start(line.as_bytes(), "pre-push"), None, "{line}");
        }
    }
}
