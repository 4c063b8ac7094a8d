use super::{CommentReader, syntax_of};
use crate::config::FileFormat;

/// Returns whether the `@` of a text is in a comment.
fn is_comment(format: Option<FileFormat>, path: &str, text: &str) -> bool {
    let mut reader = CommentReader::new(text.as_bytes(), syntax_of(format, path.as_bytes()));
    reader.is_in_comment(text.find('@').unwrap())
}

#[test]
fn comment_stands_outside_of_strings() {
    for (path, text, expected) in [
        ("a.py", "k = 'x'  # @", true),
        ("a.py", "k = 'x # @'", false),
        ("a.py", "k = '''\nx # @\n'''", false),
        ("a.py", "k = 'it\\'s # @'", false),
        ("a.py", "'''it's\n'''\nk = 1 # @", true),
        ("a.py", "# it's\nk = 'x' # @", true),
        ("a.py", "k = f\"{d[\"# @\"]}\"", false),
        ("a.js", "k = 'x'; // @", true),
        ("a.js", "k = 'x // @'", false),
        ("a.js", "k = `\nx // @\n`", false),
        ("a.js", "k = `${f(`a`)}`; // @", true),
        ("a.js", "k = `${f({a: `x // @`})}`", false),
        ("a.js", "r = /`/; k = `x // @`", false),
        ("a.c", "char *k = \"x\"; /* @ */", true),
        ("a.c", "char *k = \"x /* @ */\";", false),
        ("a.cpp", "auto k = R\"(\" // @)\";", false),
        ("a.rs", "fn f<'a>(k: &'a str) { g('\"', \"x\") } // @", true),
        ("a.rs", "let k = r#\"x\" // @\"#;", false),
        ("a.rs", "let k = \"\n// @\";", false),
        ("a.go", "k := `\\` // @", true),
        ("a.sh", "k=x # @", true),
        ("a.sh", "k=\"x # @\"", false),
        ("a.sh", "k=x#@", false),
        ("a.sh", "k=\"$(echo \"\nx # @\")\"", false),
        ("a.sh", "cat <<EOF\nx # @\nEOF", false),
        ("a.sh", "k=\"$(f \"$x\")\" # @", true),
        ("a.yml", "k: x # @", true),
        ("a.yml", "k: it's # @", true),
        ("a.yml", "k: 'x # @'", false),
        ("a.yml", "run: |\n  x # @\n", false),
        ("a.yml", "- run: |-\n    it's\n  k: x # @\n", true),
        ("a.yml", "k: >2 # why\n  x # @\n", false),
        ("a.yml", "k: |\t# why\n  x # @\n", false),
        ("a.yml", "\"a # b\": |\n  x # @\n", false),
        ("a.yml", "- |\n  x # @\n", false),
        ("a.yml", "- - >-\n   x # @\n", false),
        ("a.yml", "- - >-\n  y: x # @\n", true),
        ("a.yml", "k:\n- |\n x # @\n", false),
        ("a.yml", "--k: |\n  x # @\n", false),
        ("a.yml", "k: !!str |\n x # @\n", false),
        ("a.yml", "--- |\nx # @\n", false),
        ("a.yml", "k:\n  |\n x # @\n", false),
        ("a.yml", "k: |\n\tx # @\n", false),
        ("a.yml", "a: it 's\nb: 'x # @'", false),
        ("a.yml", "a: it 's\nb: x # @", true),
        ("a.yml", "a: b, 'c\nb: 'x # @'", false),
        ("a.yml", "a: [b, 'c # @']", false),
        ("a.yml", "a: [b, 'c'] # @", true),
        ("a.yml", "a: {b: \"c\"} # @", true),
        ("a.yml", "a: foo\n  'bar\nb: 'x # @'", false),
        ("a.yml", "'on': x\n\"k\": y # @", true),
        ("a.yml", "a: 'it''s # @'", false),
        ("a.yml", "a: 'it''s' # @", true),
        ("a.yml", "a: test [ -f 'x ]\nb: 'y # @'", false),
        ("a.yml", "if: ${{ a == 'b' }} # @", true),
        ("a.yml", "a: x;# @", false),
        ("a.yml", "a: x # y\rb: 'z # @'", false),
        ("a.yml", "a: x # y\r\nb: z # @", true),
        ("a.js", "r = /\\//; k = \"x // @\"", false),
        ("a.js", "r = /[/*]/; k = \"x // @\"", false),
        ("a.php", "#[A(\"x # @\")]", false),
        ("a.py", "k = fR\"{d[\"# @\"]}\"", false),
        ("a.rb", "x =~ /#/; k = \"y # @\"", false),
        ("a.ps1", "$k = \"$(f \"x # @\")\"", false),
        ("a.sql", "select 'x'; -- @", true),
        ("a.sql", "select 'x -- @';", false),
        ("a.sql", "select 'it''s'; -- @", true),
        ("a.sql", "select $$x -- @$$;", false),
        ("a.html", "<b>it's</b> <!-- @ -->", true),
        ("a.html", "<b title=\"<!-- @ -->\">x</b>", false),
        ("a.html", "<script>\n\"<!-- @ -->\"</script>", false),
        ("a.toml", "k = 'x' # @", true),
        ("a.tf", "k = \"x\" # @", true),
        ("a.tf", "k = \"${f(\"# @\")}\"", false),
        ("a.el", "(setq k \"x\") ; @", true),
        ("a.tex", "100\\% x % @", true),
        ("a.rb", "k = 'x' # @", true),
        ("a.rb", "k = \"#{f(\"# @\")}\"", false),
        ("a.ini", "k = x ; @", false),
        ("a.properties", "k = x # @", false),
        ("a.json", "{\"k\": \"x\"} // @", false),
        ("a.md", "x <!-- @ -->", false),
        ("a.txt", "x # @", false),
        ("a", "x # @", false),
    ] {
        assert_eq!(is_comment(None, path, text), expected, "{path}: {text}");
    }
}

#[test]
fn git_config_has_comments_and_netrc_none_behind_values() {
    for (format, text, expected) in [
        (FileFormat::Config, "[a]\nk = x # @", true),
        (FileFormat::Config, "[a]\nk = x ; @", true),
        (FileFormat::Config, "[a]\nk = \"x # @\"", false),
        (FileFormat::Config, "[a]\nk = \"x\\\n # @\"", false),
        (FileFormat::Config, "[a \"it's\"]\nk = \\\" # @", true),
        (FileFormat::Netrc, "machine h login u password x # @", false),
        (FileFormat::Credentials, "https://u:x@h # @", false),
    ] {
        assert_eq!(is_comment(Some(format), "a.py", text), expected, "{text}");
    }
}

#[test]
fn offsets_are_read_in_one_pass() {
    let text = "a = 1 # @\nb = '# @'\nc = 2 # @\n";
    let mut reader = CommentReader::new(text.as_bytes(), syntax_of(None, b"a.py"));
    let found: Vec<bool> = text.match_indices('@').map(|(at, _)| reader.is_in_comment(at)).collect();
    assert_eq!(found, [true, false, true]);
}

#[test]
fn no_text_of_a_block_scalar_is_a_comment() {
    let text = "run: |\n  a # @\n  b # @\n\n  c # @\nk: v # @\nl:\n  - |\n    d # @\n    e # @\n  - f # @\n";
    let mut reader = CommentReader::new(text.as_bytes(), syntax_of(None, b"a.yml"));
    let found: Vec<bool> = text.match_indices('@').map(|(at, _)| reader.is_in_comment(at)).collect();
    assert_eq!(found, [false, false, false, true, false, false, true]);
}
