//! Splits a shell script into commands, as far as possible without running it.

pub(in crate::workflow) mod flow;
pub(in crate::workflow) mod program;
mod splitter;

use splitter::{PartialCommand, Splitter};

/// Maximum depth of nested substitutions; deeper ones are treated as text.
const MAX_DEPTH: usize = 16;

/// Programs that run the command after them, and shell keywords that precede a command.
const PREFIXES: &[&str] = &[
    "!", "{", "command", "do", "elif", "else", "env", "eval", "exec", "function", "if", "nice", "nohup",
    "retry", "setsid", "sudo", "then", "time", "timeout", "until", "while", "xargs",
];

/// Shells that run the text after `-c`.
const SHELLS: &[&str] = &["bash", "sh", "dash", "zsh"];

/// Shell command as a list of unquoted words. A command substitution is `$()` in its word, and a separate
/// command.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct ShellCommand {
    /// All words, including assignments before the program.
    pub(crate) words: Vec<String>,
    /// Index of the first word that is not an assignment: the program, or a word of `PREFIXES` before it.
    first: Option<usize>,
    /// True if that word is one of `PREFIXES`, so that any later word may be the program.
    is_prefixed: bool,
    /// First bytes of the names that may be the program, as bits: few of the many known programs have one of them.
    initials: u32,
    /// Operators before the command, such as `&&`; empty for the end of a line or a `;`.
    joint: String,
    /// Number of substitutions, and of scripts of a shell, in which it stands.
    depth: usize,
    /// True if a file takes its output, or gives its input.
    is_redirected: bool,
    /// True if it is the text of a here-document for a shell, although it looks like a command.
    is_text: bool,
}

/// Programs with their subcommands, such as `docker push`.
#[derive(Debug)]
pub(crate) struct Programs {
    names: &'static [&'static str],
    /// First bytes of the names, as bits.
    initials: u32,
}

impl Programs {
    /// Creates a table of programs.
    pub(crate) const fn new(names: &'static [&'static str]) -> Self {
        let (mut initials, mut at) = (0, 0);
        while at < names.len() {
            #[expect(clippy::indexing_slicing, reason = "the index is below the length")]
            let name = names[at].as_bytes();
            initials |= initial(name);
            at += 1;
        }
        Self { names, initials }
    }

    /// Returns the programs that a command may run, each with the words after it.
    pub(crate) fn of<'c>(
        &self,
        command: &'c ShellCommand,
    ) -> impl Iterator<Item = (&'static str, &'c [String])> {
        let may_run = self.initials & command.initials != 0;
        let names = if may_run { self.names } else { &[] };
        names.iter().filter_map(|name| Some((*name, command.arguments(name)?)))
    }

    /// Returns whether a command may run one of the programs.
    pub(crate) fn has(&self, command: &ShellCommand) -> bool {
        self.of(command).next().is_some()
    }
}

/// Returns the commands of a script in order. Those of a substitution come before the command that contains
/// it.
pub(crate) fn commands(script: &str) -> Vec<ShellCommand> {
    let mut lexer = Splitter::new(script);
    lexer.list(None, 0);
    lexer.found
}

impl ShellCommand {
    fn new(command: &mut PartialCommand, depth: usize) -> Self {
        let PartialCommand { words, joint, is_redirected, .. } = std::mem::take(command);
        let first = words.iter().position(|word| !is_assignment(word));
        let word = first.and_then(|first| words.get(first));
        let is_prefixed = word.is_some_and(|word| PREFIXES.contains(&word.as_str()));
        let programs = match (first, is_prefixed) {
            (None, _) => &[],
            (Some(_), true) => words.as_slice(),
            (Some(_), false) => word.map(std::slice::from_ref).unwrap_or_default(),
        };
        let initials = programs.iter().map(|word| initial(name_of(word).as_bytes()));
        let initials = initials.fold(0, |all, bit| all | bit);
        Self { words, first, is_prefixed, initials, joint, depth, is_redirected, is_text: false }
    }

    /// Returns the words after a program and its subcommands, such as `docker push`; `None` for other
    /// commands. Options may occur between the program and the subcommands.
    pub(crate) fn arguments(&self, name: &str) -> Option<&[String]> {
        if self.initials & initial(name.as_bytes()) == 0 {
            return None;
        }
        let (program, names) =
            name.split_at(name.bytes().position(|byte| byte == b' ').unwrap_or(name.len()));
        let mut rest = self.words_after(program)?;
        for name in names.split_ascii_whitespace() {
            let at = rest.iter().position(|word| !word.starts_with('-'))?;
            // An option before a subcommand may have a value.
            let at = if at > 0 && rest.get(at).is_some_and(|word| word != name) { at + 1 } else { at };
            rest.get(at).filter(|word| *word == name)?;
            rest = rest.get(at + 1..)?;
        }
        Some(rest)
    }

    /// Returns the words after a program that this command runs, directly or through a word of `PREFIXES`.
    fn words_after(&self, program: &str) -> Option<&[String]> {
        let first = self.first?;
        let is_program = |word: &String| name_of(word) == program;
        let at = match self.is_prefixed {
            true => self.words.iter().position(is_program)?,
            false => self.words.get(first).filter(|word| is_program(word)).map(|_| first)?,
        };
        self.words.get(at + 1..)
    }
}

/// Returns the name of the program at a path.
fn name_of(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Returns the bit for the first byte of a name; no bit for an empty one.
const fn initial(name: &[u8]) -> u32 {
    match name.first() {
        Some(byte) => 1 << (*byte % 32),
        None => 0,
    }
}

/// Returns whether a word sets a variable: `NAME=value` or `NAME+=value`.
pub(super) fn is_assignment(word: &str) -> bool {
    let value = word.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    value.len() < word.len() && (value.starts_with('=') || value.starts_with("+="))
}

/// Returns the names of the variables that a word reads: `$NAME`, `${NAME}`, `$env:NAME`.
pub(crate) fn variables(word: &str) -> impl Iterator<Item = &str> {
    word.split('$').skip(1).map(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let rest = rest.strip_prefix("env:").unwrap_or(rest);
        rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(script: &str) -> Vec<String> {
        commands(script).iter().map(|command| command.words.join(" ")).collect()
    }

    #[test]
    fn scripts_are_split_into_commands() {
        for (script, expected) in [
            ("docker push a\ndocker push b", &["docker push a", "docker push b"][..]),
            ("docker \\\n  push \\\n  a", &["docker push a"]),
            ("a && b || c; d | e & f", &["a", "b", "c", "d", "e", "f"]),
            ("# docker push a\nb # c", &["b"]),
            ("echo 'docker push a; b' \"c | d\"", &["echo docker push a; b c | d"]),
            ("x=$(docker push a)", &["docker push a", "x=$()"]),
            ("x=\"y $(docker push \"a b\") z\"", &["docker push a b", "x=y $() z"]),
            ("x=`docker push a`", &["docker push a", "x=$()"]),
            ("docker push ${{ a && 'b c' }}", &["docker push ${{ a && 'b c' }}"]),
            ("docker push ${a}", &["docker push ${a}"]),
            ("cat <<EOF\ndocker push a\nEOF\nb", &["cat", "b"]),
            ("cat <<-'EOF' > x\ndocker push a\n  EOF\nb", &["cat x", "b"]),
            ("bash -ec 'docker push a'", &["docker push a", "bash -ec docker push a"]),
            ("docker login <<< $X", &["docker login $X"]),
            ("docker `\n push", &["docker push"]),
            ("x=$((1<<3))\ndocker push a", &["1 3", "x=$()", "docker push a"]),
            ("((x = 1 << 3))\nb", &["x = 1 3", "b"]),
            ("x=\"$(((1 + 1) << a))\"\nb <<EOF\nc\nEOF\nd", &["1 + 1", "a", "x=$()", "b", "d"]),
            ("((x)); b <<EOF\nc\nEOF\nd", &["x", "b", "d"]),
            ("echo \"it's\"; b", &["echo it's", "b"]),
        ] {
            assert_eq!(words(script), expected, "{script}");
        }
    }

    #[test]
    fn deep_nesting_is_read_with_bounded_recursion() {
        for text in ["$(", "\"$(", "`", "bash -c '", "${{", "<<"] {
            commands(&text.repeat(100_000));
        }
    }

    #[test]
    fn programs_are_found_after_words_that_run_them() {
        for (script, expected) in [
            ("docker push a", true),
            ("/usr/bin/docker --context x push a", true),
            ("docker --debug push a", true),
            ("A=b docker push a", true),
            ("sudo -E docker push a", true),
            ("if ! docker push a", true),
            ("xargs -n1 docker push", true),
            ("timeout 5m docker push a", true),
            ("echo docker push a", false),
            ("docker pull push", false),
            ("A=docker push", false),
            ("mydocker push", false),
        ] {
            let found = commands(script).iter().any(|command| command.arguments("docker push").is_some());
            assert_eq!(found, expected, "{script}");
        }
    }

    #[test]
    fn variables_are_found_in_every_spelling() {
        let names: Vec<&str> = variables("a$B-${C}_${D:-x}$env:E").collect();
        assert_eq!(names, ["B", "C", "D", "E"]);
    }
}
