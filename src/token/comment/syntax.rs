//! Comments and strings of the formats of code and config, as data.

use crate::config::FileFormat;

/// Comments and strings of a format.
#[derive(Debug)]
pub(crate) struct Syntax {
    /// Starts of comments that end with the line.
    pub(super) lines: &'static [&'static str],
    /// True if such a comment starts only at the start of a word.
    pub(super) starts_word: bool,
    /// Start and end of other comments.
    pub(super) blocks: &'static [(&'static str, &'static str)],
    /// Strings, longer starts first.
    pub(super) strings: &'static [Quoted],
    /// Bytes after which a string may start; any if there are none.
    pub(super) strings_after: &'static [u8],
    /// Texts outside of strings after which nothing is certain, because the format has more than is read here.
    pub(super) doubts: &'static [&'static str],
    /// Further properties.
    pub(super) has: &'static [Feature],
}

/// Property of a format.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Feature {
    /// A backslash outside of strings takes the meaning of the byte after it.
    Escapes,
    /// Texts that start with `<<` and a word; what follows is not certain.
    HereDocuments,
    /// Characters and lifetimes of Rust.
    Lifetimes,
    /// YAML, which has a reader of its own.
    Yaml,
}

/// String of a format.
#[derive(Debug)]
pub(super) struct Quoted {
    pub(super) start: &'static str,
    pub(super) end: &'static str,
    /// True if a backslash takes the meaning of the byte after it.
    pub(super) escapes: bool,
    /// True if its end, twice, stands for itself.
    pub(super) doubles: bool,
    /// True if it may go on in the next line.
    pub(super) is_long: bool,
    /// Text that starts code inside the string, with the brackets that the code ends with and may contain.
    pub(super) code: Option<(&'static str, u8, u8)>,
}

const fn short(quote: &'static str) -> Quoted {
    Quoted { start: quote, end: quote, escapes: true, doubles: false, is_long: false, code: None }
}

const fn long(quote: &'static str) -> Quoted {
    Quoted { is_long: true, ..short(quote) }
}

const fn raw(start: &'static str, end: &'static str) -> Quoted {
    Quoted { start, end, escapes: false, doubles: false, is_long: true, code: None }
}

const fn braced(quote: Quoted, code: &'static str) -> Quoted {
    Quoted { code: Some((code, b'{', b'}')), ..quote }
}

const NONE: Syntax = Syntax {
    lines: &[],
    starts_word: false,
    blocks: &[],
    strings: &[],
    strings_after: b"",
    doubts: &[],
    has: &[],
};

const C: Syntax =
    Syntax { lines: &["//"], blocks: &[("/*", "*/")], strings: &[short("\""), short("'")], ..NONE };

const HASH: Syntax = Syntax { lines: &["#"], ..NONE };

static GIT_CONFIG: Syntax =
    Syntax { lines: &["#", ";"], strings: &[short("\"")], has: &[Feature::Escapes], ..NONE };

/// Formats by the ends of the names of files.
static SYNTAXES: &[(&[&str], Syntax)] = &[
    (&[".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".m", ".mm"], Syntax { doubts: &["R\""], ..C }),
    (
        &[".proto", ".java", ".kt", ".kts", ".scala", ".swift"],
        Syntax {
            strings: &[braced(long("\"\"\""), "${"), braced(short("\""), "${"), short("'")],
            doubts: &["#\"", "#/", "\\("],
            ..C
        },
    ),
    (&[".cs"], Syntax { doubts: &["@\"", "$\"", "\"\"\"", "@$", "$@"], ..C }),
    (
        &[".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"],
        Syntax {
            strings: &[short("\""), short("'"), braced(long("`"), "${")],
            // Quotes and slashes in regular expressions.
            doubts: &["/`", "/\"", "/'", "[`", "[^`", "\\`", "\\\"", "\\'", "\\/", "[/", "[^/"],
            ..C
        },
    ),
    (&[".go"], Syntax { strings: &[short("\""), short("'"), raw("`", "`")], ..C }),
    (
        &[".rs"],
        Syntax {
            strings: &[raw("r##\"", "\"##"), raw("r#\"", "\"#"), raw("r\"", "\""), long("\"")],
            doubts: &["r###"],
            has: &[Feature::Lifetimes],
            ..C
        },
    ),
    (&[".css"], Syntax { lines: &[], doubts: &["url("], ..C }),
    (
        &[".php"],
        Syntax {
            lines: &["//", "#"],
            strings: &[long("\""), long("'")],
            doubts: &["<<<", "?>", "<html", "<!", "#["],
            ..C
        },
    ),
    (
        &[".py", ".pyi"],
        Syntax {
            strings: &[long("\"\"\""), long("'''"), short("\""), short("'")],
            // Code in a string may contain the quotes of the string.
            doubts: &[
                "f\"", "f'", "F\"", "F'", "t\"", "t'", "T\"", "T'", "fr", "fR", "Fr", "FR", "tr\"", "tr'",
                "tR",
            ],
            ..HASH
        },
    ),
    (
        &[".r"],
        Syntax {
            strings: &[long("\""), long("'"), raw("`", "`")],
            doubts: &["r\"", "R\"", "r'", "R'"],
            ..HASH
        },
    ),
    (
        &[".rb", ".rake"],
        Syntax {
            strings: &[braced(long("\""), "#{"), long("'"), braced(long("`"), "#{")],
            doubts: &[
                "%q", "%Q", "%w", "%W", "%i", "%r", "%x", "%s", "%(", "%{", "%[", "%<", "%|", "%!", "?\"",
                "?'", "?#", "/\"", "/'", "/#", "=begin", "__END__",
            ],
            has: &[Feature::HereDocuments],
            ..HASH
        },
    ),
    (
        &[".sh", ".bash", ".zsh", ".bashrc", ".zshrc", ".bash_profile", ".profile", ".envrc"],
        Syntax {
            starts_word: true,
            strings: &[Quoted { code: Some(("$(", b'(', b')')), ..long("\"") }, raw("'", "'")],
            doubts: &["$'", "`"],
            has: &[Feature::Escapes, Feature::HereDocuments],
            ..HASH
        },
    ),
    (
        &[".yml", ".yaml"],
        Syntax {
            strings: &[long("\""), Quoted { doubles: true, ..raw("'", "'") }],
            has: &[Feature::Yaml],
            ..NONE
        },
    ),
    (
        &[".toml"],
        Syntax { strings: &[long("\"\"\""), raw("'''", "'''"), short("\""), raw("'", "'")], ..HASH },
    ),
    (
        &[".tf", ".tfvars", ".hcl"],
        Syntax {
            lines: &["#", "//"],
            strings: &[braced(short("\""), "${")],
            has: &[Feature::HereDocuments],
            ..C
        },
    ),
    (
        &[".ps1", ".psm1"],
        Syntax {
            starts_word: true,
            blocks: &[("<#", "#>")],
            strings: &[Quoted { code: Some(("$(", b'(', b')')), ..raw("\"", "\"") }, raw("'", "'")],
            doubts: &["@\"", "@'", "`"],
            ..HASH
        },
    ),
    (
        &[".sql"],
        Syntax {
            lines: &["--"],
            strings: &[raw("'", "'"), raw("\"", "\"")],
            doubts: &["$", "\\", "`", "E'"],
            ..C
        },
    ),
    (
        &[".lua"],
        Syntax {
            lines: &["--"],
            blocks: &[("--[[", "]]")],
            strings: &[raw("[[", "]]"), short("\""), short("'")],
            doubts: &["[=", "--[="],
            ..NONE
        },
    ),
    (
        &[".xml", ".html", ".htm", ".svg", ".xsl"],
        Syntax {
            blocks: &[("<!--", "-->")],
            strings: &[raw("\"", "\""), raw("'", "'")],
            strings_after: b"=",
            doubts: &[
                "<![",
                "<script",
                "<style",
                "<textarea",
                "<title",
                "<SCRIPT",
                "<STYLE",
                "<TEXTAREA",
                "<TITLE",
            ],
            ..NONE
        },
    ),
    (
        &[".el", ".clj", ".lisp", ".scm"],
        Syntax { lines: &[";"], strings: &[long("\"")], doubts: &["\\", "?\"", "#|"], ..NONE },
    ),
    (
        &[".tex"],
        Syntax {
            lines: &["%"],
            doubts: &[
                "\\verb",
                "\\begin{verb",
                "\\begin{lst",
                "\\begin{mint",
                "\\url",
                "\\href",
                "\\lst",
                "\\mint",
            ],
            has: &[Feature::Escapes],
            ..NONE
        },
    ),
    (
        &[".erl", ".hrl"],
        Syntax { lines: &["%"], strings: &[long("\""), short("'")], doubts: &["$", "\"\"\"", "~"], ..NONE },
    ),
];

/// Returns the comments and strings of a file; `None` if its format has no comments behind a value, or is not known.
pub(crate) fn syntax_of(format: Option<FileFormat>, path: &[u8]) -> Option<&'static Syntax> {
    match format {
        Some(FileFormat::Config) => Some(&GIT_CONFIG),
        Some(_) => None,
        None => {
            let path = path.to_ascii_lowercase();
            let is_end = |end: &&str| path.ends_with(end.as_bytes());
            SYNTAXES.iter().find(|(ends, _)| ends.iter().any(is_end)).map(|(_, syntax)| syntax)
        }
    }
}
