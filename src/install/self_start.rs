//! Signs that a shell script depends on its own text, or on the process that has started it.

use bstr::{BStr, BString, ByteSlice as _};

use super::self_reference::OWN_FOLDER;

/// Programs that start the program that they are given.
const STARTERS: &[&str] = &[
    "exec", "command", "env", "sudo", "su", "doas", "runuser", "flock", "timeout", "nohup", "setsid", "nice",
    "ionice", "stdbuf", "time", "xargs", "eval", "unshare", "chroot", "busybox", "sh", "bash", "dash", "ash",
    "ksh", "zsh", "python", "python2", "python3", "perl", "ruby", "node", "tclsh", "wish", "php", "lua",
    "guile", "java", "bun", "deno",
];

/// Words of the shell before a command.
const KEYWORDS: &[&str] = &["if", "then", "else", "elif", "do", "while", "until", "!", "{"];

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
