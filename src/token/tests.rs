//! Tests on whole files: lines with a credential, the rule that reports each, and that no output contains a
//! secret.

mod config;
mod examples;
mod recall;

use config::CONFIG;

use super::engine::prefilter;
use super::provider::checksum::BASE62;
use super::provider::keywords::body;
use super::provider::samples::{BASE64_URL, DEVISE, HEX, Samples, basic, encode};
use super::{CandidateOffsets, Leak, Strictness, path_implies_format, scan_file};

/// Returns whether the prefilter lets a file at any other path be scanned.
pub(super) fn may_hold_secret(bytes: &[u8]) -> bool {
    prefilter::may_hold_secret(bytes, &CandidateOffsets::find(bytes))
}

/// Fills in generated secrets: `{ghp}`, `{glpat}`, `{pw}`, `{hex}`, `{ado}`, `{checkout}` and so on.
fn fill(template: &str, samples: &mut Samples) -> String {
    let ghs = samples.crc("ghs_", 36);
    let checkout = basic(&format!("x-access-token:{ghs}"));
    let header = checkout.rsplit(' ').next().unwrap().to_owned();
    let ado = samples.azure();
    let percent: String = samples.crc("ghp_", 36).bytes().map(|byte| format!("%{byte:02x}")).collect();
    let pairs = [
        ("{checkout}", checkout),
        ("{b64}", header.clone()),
        ("{b64-bare}", header.trim_end_matches('=').to_owned()),
        ("{b64-ado}", encode(format!(":{ado}").as_bytes())),
        ("{b64-line}", encode(format!("username=bot\npassword={}\n", samples.password()).as_bytes())),
        ("{b64-pw}", encode(samples.password().as_bytes())),
        ("{b64-user}", encode(format!("{}:", samples.password()).as_bytes())),
        ("{b64-hex}", encode(format!("ci:{}", samples.digits(HEX, 40)).as_bytes())),
        ("{ghp}", samples.crc("ghp_", 36)),
        ("{gho}", samples.crc("gho_", 36)),
        ("{ghs-jwt}", format!("ghs_12345_{}", samples.web_token())),
        ("{jwt}", samples.web_token()),
        ("{glpat}", format!("glpat-{}", samples.digits(DEVISE, 20))),
        ("{routable}", samples.routable("acme-", ".01.")),
        ("{atctt}", samples.atlassian("ATCTT3xFfGN0", BASE64_URL, 170, "%3D")),
        ("{hex}", samples.digits(HEX, 40)),
        ("{hex32}", samples.digits(HEX, 32)),
        ("{ado}", ado),
        ("{percent}", percent),
        ("{pw}", samples.password()),
        ("{words}", "abqd efgh zjkl mnop".to_owned()),
        ("{aws}", format!("AKIA{}", samples.digits(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16))),
        ("{aws-key}", format!("q7Z{}", samples.digits(BASE62, 37))),
    ];
    pairs.iter().fold(template.to_owned(), |text, (name, secret)| text.replace(name, secret))
}

fn lines(path: &str, text: &[u8], strictness: Strictness) -> Vec<u32> {
    let leaks = scan_file(path.as_bytes(), text).leaks;
    let mut lines: Vec<u32> = leaks
        .iter()
        .filter(|leak| (leak.strictness == Strictness::GitConfig) == (strictness == Strictness::GitConfig))
        .map(|leak| leak.line)
        .collect();
    lines.dedup();
    lines
}

/// Path and content of files that look like git config in part and are not, nor hold a strong credential.
const OTHERS: &[(&str, &str)] = &[
    ("src/messages_sv.properties", "user.password=L\u{f6}senord\nUser.newPassword=Nytt l\u{f6}senord\n"),
    ("web/strings.json", "{\"user.password\": \"Salasana\", \"core.token\": \"Tunnus\"}\n"),
    ("src/Account.java", "        user.password=encoder.hash(raw);\n        user.token=issue(user);\n"),
    ("db/q.php", "$q = \"SELECT * FROM user WHERE user.password='geheimnis77'\";\n"),
    ("conf/app.conf", "push.token=q1w2e3r4t5y6\ncore.apikey=0a9b8c7d6e5f\nremote.password=Hunter22\n"),
    (
        "conf/app.conf",
        "credential.password=Hunter22\nfilter.access-key=Hunter2233\nmerge.secret-key=Hunter22\n",
    ),
    (
        "conf/app.conf",
        "github.token=loadToken(env)\nimap.pass=hunter22\nhttp.proxy=http://me:hunter22@proxy:3128\n",
    ),
    ("app.ini", "[http.auth]\npassword = \"Abqd1234\"\n[core.database]\npassword = Abqd1234\n"),
    ("app.ini", "[push.apns]\ntoken=Abqd1234efgh\n[remote.prod]\nurl = https://me:hunter22@h.io/a\n"),
    ("app.conf", "[user \"admin\"]\npassword = Abqd1234\n[github.api]\ntoken = Abqd1234efgh\n"),
    ("cargo.toml", "[alias]\nco = \"check\"\n[http]\nsslVerify = true\nproxy = \"me:hunter22@proxy:80\"\n"),
    ("i18n/it.txt", "[core]\nbare = false\n[user]\npassword = Parola d'ordine\n"),
    (
        "README",
        "Put this into the config, where it is read:\n[remote \"origin\"]\n    url = https://me:hunter22@h.io/a\n",
    ),
    ("lib/app.rb", "\"https://x-access-token:#{GitHub::API.credentials}@github.com/\"\n"),
    ("web/app.js", "Sentry.init({dsn: \"https://{hex32}@o1.ingest.sentry.io/5\"})\n"),
    ("web/app.js", "dsn = 'https://{hex32}@errors.h.io/17';\n"),
    (
        "dotgit/config",
        "[remote \"o\"]\nurl = ssh://{hex}@app.h.io/~/git/a.git/\nurl = git+ssh://{hex32}@h.io/a\n",
    ),
    ("dotgit/config", "[remote \"o\"]\nurl = https://group_77_bot_{hex32}@h.io/g/p.git\n"),
    ("dotgit/config", "[remote \"o\"]\nurl = https://service_account_group_1_{hex32}@h.io/g/p.git\n"),
    ("dotgit/config", "[remote \"o\"]\nurl = https://service_account_{hex32}@h.io/g/p.git\n"),
    (
        "dotgit/config",
        "[remote \"o\"]\nurl = https://u:$[variables.X]@h.io\nurl = https://u:@@PAT@@@h.io/a\n",
    ),
    ("__tests__/__fixtures__/push.git/config", "[remote \"o\"]\nurl = http://me:hunter22@localhost:8888/a\n"),
];

#[test]
fn other_formats_are_no_git_config() {
    for (path, template) in OTHERS {
        let text = fill(template, &mut Samples::new(6));
        let leaks = scan_file(path.as_bytes(), text.as_bytes()).leaks;
        assert_eq!(leaks.iter().map(|leak| leak.line).collect::<Vec<_>>(), [0; 0], "{path}: {template}");
    }
}

/// Git config inside other formats, by paths at which nothing else is taken for it.
#[test]
fn dump_of_a_real_config_is_found_in_any_format() {
    let mut samples = Samples::new(6);
    let dumps = [
        ("[core]\n\trepositoryformatversion = 0\n[http]\n\textraheader = X-Key: {pw}\n", 4),
        ("[remote \"origin\"]\n\turl = https://me:{pw}@h.io/a\n", 2),
        ("x\n\n[http \"https://h.io/\"]\n\textraHeader = X-Key: {pw}\n", 4),
    ];
    for path in ["a.toml", "a.properties", "db/dump.sql", "i18n/x.txt", "web/messages.json", "locale.txt"] {
        for (template, line) in dumps {
            let text = fill(template, &mut samples);
            let leaks = scan_file(path.as_bytes(), text.as_bytes()).leaks;
            let found = leaks.iter().map(|leak| (leak.line, leak.strictness));
            assert_eq!(found.collect::<Vec<_>>(), [(line, Strictness::GitConfig)], "{path}: {template}");
        }
    }
}

/// Path and content of files, with all lines at which `token-in-content` must report a credential.
const CONTENT: &[(&str, &str, &[u32])] = &[
    ("src/main.rs", "fn main() {\n let t = \"{ghp}\";\n}\n", &[2]),
    ("ci.sh", "curl -H \"Authorization: Bearer {ghp}\" x\ngit clone https://u:{pw}@h.io/a\n", &[1, 2]),
    ("ci.sh", "curl -H \"Authorization: Basic {b64}\" x\ncurl -H \"Authorization: Basic $B64\"\n", &[1]),
    (
        "Dockerfile",
        "RUN git clone https://ci:{hex}@h.io/a\nRUN git clone https://oauth2:{hex32}@h.io/a\n",
        &[1, 2],
    ),
    (
        "ci.sh",
        "curl -H \"Authorization: token {hex}\" x\ncurl -H \"Authorization: Basic {b64-hex}\" x\n",
        &[1, 2],
    ),
    (
        "ci.sh",
        "git push https://u:k3q9x7m2p5w8t4z6r1n0@h.io/a\ngit push https://u:some-words-here@h.io/a\n",
        &[1],
    ),
    ("auth.json", "{\"github-oauth\": {\"github.com\": \"{ghp}\"}}\n", &[1]),
    ("web/app.js", "dsn = 'https://{hex32}:{hex}@sentry.h.io/17';\n", &[1]),
    ("ci.sh", "curl 'https://h.io/api?private_token={glpat}'\n", &[1]),
    ("deploy.yml", "env:\n  AZURE_PAT: {ado}\n", &[2]),
    ("deploy.env", "AWS_ACCESS_KEY_ID={aws}\nAWS_SECRET_ACCESS_KEY={aws-key}\n", &[1, 2]),
    ("deploy.env", "AWS_ACCESS_KEY_ID={aws}\n", &[]),
    (
        ".npmrc",
        "//r.io/:_authToken=1b4e28ba-2fa1-11d2-883f-0016d3cca427\n//r.io/:_authToken=${NPM_TOKEN}\n",
        &[1],
    ),
    ("src/netrc.rs", "let text = \"\nmachine h.io\nlogin me\npassword {pw}\n\";\n", &[]),
    ("setup.cfg", "[metadata]\nname = x\npassword = {pw}\n", &[]),
    ("Cargo.toml", "[package]\nname = \"x\"\n[http]\nproxy = \"host:1\"\n", &[]),
    ("tests/url.rs", "\"https://user:{pw}@h.io\"\n\"{ghp}\"\n", &[2]),
    ("docs/a.md", "https://user:s3cr3tPassw0rd@h.io\n", &[]),
    (
        "src/x.c",
        "https://user:pass@host/x ssh://git@h.io https://u:{pw}@example.com https://u:{pw}@localhost/\n",
        &[],
    ),
    (
        "src/x.py",
        "token = 'not-a-token'\nheaders = {'Authorization': 'Bearer ' + token}\nAuthorization: token abc\n",
        &[],
    ),
];

/// Returns the files of a table in which the reported lines differ from the expected ones.
fn differences(table: &[(&str, &str, &[u32])], strictness: Strictness, other: Strictness) -> Vec<String> {
    let mut differences = Vec::new();
    for seed in 0..5 {
        let mut samples = Samples::new(seed);
        for (path, template, expected) in table {
            let text = fill(template, &mut samples);
            let (found, more) =
                (lines(path, text.as_bytes(), strictness), lines(path, text.as_bytes(), other));
            if found != *expected || !more.is_empty() {
                differences.push(format!(
                    "{path}: {template:?}: {found:?}, by the other rule {more:?}, not {expected:?}"
                ));
            }
        }
    }
    differences
}

#[test]
fn git_config_files_are_read_by_position() {
    assert_eq!(differences(CONFIG, Strictness::GitConfig, Strictness::Content), Vec::<String>::new());
}

#[test]
fn other_files_are_searched_for_known_formats() {
    assert_eq!(differences(CONTENT, Strictness::Content, Strictness::GitConfig), Vec::<String>::new());
}

#[test]
fn utf_16_lines_are_counted() {
    let mut samples = Samples::new(1);
    let text = fill("core.bare=false\r\nremote.o.url=https://u:{pw}@h.io/a\r\n", &mut samples);
    for (mark, bytes) in
        [([0xff, 0xfe], u16::to_le_bytes as fn(u16) -> [u8; 2]), ([0xfe, 0xff], u16::to_be_bytes)]
    {
        let encoded: Vec<u8> = mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect();
        for text in [&encoded[..], &encoded[2..]] {
            assert!(may_hold_secret(text));
            assert_eq!(lines("x.txt", text, Strictness::GitConfig), [2]);
        }
    }
}

#[test]
fn utf_32_lines_are_counted() {
    let mut samples = Samples::new(1);
    let text = fill("core.bare=false\r\nremote.o.url=https://u:{pw}@h.io/a\r\n", &mut samples);
    for encode in [u32::to_le_bytes as fn(u32) -> [u8; 4], u32::to_be_bytes] {
        let encoded: Vec<u8> =
            "\u{feff}".chars().chain(text.chars()).flat_map(|char| encode(char.into())).collect();
        for text in [&encoded[..], &encoded[4..]] {
            assert!(may_hold_secret(text));
            assert_eq!(lines("x.txt", text, Strictness::GitConfig), [2]);
        }
    }
}

#[test]
fn the_prefilter_skips_no_file_with_a_credential() {
    let mut samples = Samples::new(2);
    for (path, template, expected) in CONFIG.iter().chain(CONTENT) {
        let text = fill(template, &mut samples);
        let asked = path_implies_format(path.as_bytes()) || may_hold_secret(text.as_bytes());
        assert!(asked || expected.is_empty(), "{path}: {template}");
    }
}

#[test]
fn a_listed_url_may_contain_blanks_and_quotes() {
    let long = "a".repeat(4200);
    for odd in [" b", "\t", "'", "<", "\0", &long, "?x=1 2&y=1"] {
        let text = format!("remote.o.url=https://h.io/{odd}?private_token=7ec25b8763f312ef0\n");
        assert!(may_hold_secret(text.as_bytes()), "{odd:?}");
    }
}

#[test]
fn a_section_after_a_continued_line_is_suspect() {
    let leak = "url = https://u:p4@h.io\n";
    for before in ["key = value \\\n", "key = value \\\r\n", "key = value\r"] {
        let text = format!("a line that is no config\n[core]\nbare = false\n{before}[remote \"o\"]\n{leak}");
        assert!(may_hold_secret(text.as_bytes()), "{before:?}");
    }
}

/// Returns the number of secrets in a file.
fn secrets(path: &str, template: &str) -> usize {
    scan_file(path.as_bytes(), fill(template, &mut Samples::new(5)).as_bytes()).leaks.len()
}

#[test]
fn an_aws_secret_key_is_near_its_id() {
    let leaks = |between: &str| secrets("a.env", &format!("id={{aws}}{between}key={{aws-key}}\n"));
    assert_eq!(leaks("\n\n\n"), 2);
    assert_eq!(leaks("\n\n\n\n"), 0);
    let before = |between: &str| secrets("a.env", &format!("key={{aws-key}}{between}id={{aws}}\n"));
    assert_eq!(before("\n\n\n"), 2);
    assert_eq!(before("\n\n\n\n"), 0);
    assert_eq!(leaks(&" ".repeat(930)), 2);
    assert_eq!(leaks(&" ".repeat(970)), 0);
}

#[test]
fn a_netrc_macro_ends_at_an_empty_line() {
    for (end, count) in [("\n\n", 1), ("\r\n\r\n", 1), ("\n", 0), ("\n \n", 0)] {
        let text = format!("machine h\nmacdef m\nput x{end}machine i login me password tr0ub4d0r-x\n");
        assert_eq!(secrets(".netrc", &text), count, "{end:?}");
    }
}

#[test]
fn headers_inside_a_long_credential_are_not_read() {
    let headers = "Authorization: token <".repeat(3000);
    assert!(secrets(".gitconfig", &format!("[a]\nb = {headers}>\n")) < 20);
    assert_eq!(secrets(".gitconfig", "[a]\nb = Authorization: token xAuthorization: token {ghp}\n"), 2);
}

#[test]
fn a_long_section_name_is_cut_off_in_reports() {
    let text = format!("[http \"{}\"]\nsslVerify = false\npassword = {{pw}}\n", "a".repeat(10_000));
    for path in [".gitconfig", "x"] {
        let leaks = scan_file(path.as_bytes(), fill(&text, &mut Samples::new(5)).as_bytes()).leaks;
        assert!(leaks[0].key.as_ref().is_some_and(|key| key.len() < 1100 && key.ends_with("***.password")));
        assert_eq!(leaks[0].named_key(), None);
    }
}

#[test]
fn variables_on_one_line_are_separated() {
    let line = "GIT_CONFIG_KEY_0=sendemail.smtppass GIT_CONFIG_VALUE_0={pw} \
        GIT_CONFIG_KEY_1=core.editor GIT_CONFIG_VALUE_1=vi GIT_CONFIG_KEY_2=a.b GIT_CONFIG_VALUE_2={ghp}\n";
    assert_eq!(secrets("env.txt", line), 2);
}

#[test]
fn command_line_keys_may_have_capital_letters() {
    for key in [
        "http.extraHeader=PRIVATE-TOKEN: ",
        "http.https://h.io/.extraHeader=PRIVATE-TOKEN: ",
        "sendemail.smtpPass=",
        "imap.pass=",
        "gitcvs.dbPass=",
        "git-p4.password=",
        "remote.wiki.mwPassword=",
        "hub.oauthtoken=",
        "gitlab.token=",
    ] {
        for key in [key.to_owned(), key.replace("Header", "header").replace("Pass", "pass")] {
            let line = fill(&format!("some words\ngit -c \"{key}{{pw}}\" fetch\n"), &mut Samples::new(5));
            assert!(may_hold_secret(line.as_bytes()), "{key}");
            assert_eq!(scan_file(b"ci.sh", line.as_bytes()).leaks.len(), 1, "{key}");
        }
    }
}

#[test]
fn a_secret_in_a_command_is_a_whole_word() {
    let helper = |command: &str| secrets(".gitconfig", &format!("[credential]\nhelper = \"!{command}\"\n"));
    assert_eq!(helper("echo token={ghp}token={pw}"), 1);
    assert_eq!(helper("echo token={ghp} token={pw}"), 2);
    assert_eq!(helper("echo token=${T}token={pw} token={ghp}"), 2);
}

#[test]
fn a_long_word_in_a_command_is_one_secret() {
    let word = "{pw}".repeat(2000);
    let text = fill(&format!("[credential]\nhelper = \"!echo password={word}\"\n"), &mut Samples::new(5));
    let leaks = scan_file(b".gitconfig", text.as_bytes()).leaks;
    let secret = text.rsplit('=').next().unwrap().trim_end().trim_end_matches('"');
    assert_eq!(leaks.iter().map(|leak| leak.secret.expose()).collect::<Vec<_>>(), [secret.as_bytes()]);
}

#[test]
fn a_base64_password_depends_on_the_last_substitution() {
    let word = encode(concat!("tr0ub", "adour").as_bytes());
    let helper = |before: &str| {
        secrets(".gitconfig", &format!("[credential]\nhelper = \"!{before}$(echo {word} | base64 -d)\"\n"))
    };
    assert_eq!(helper("echo password="), 1);
    assert_eq!(helper("x=$(echo YWJj); echo password="), 1);
    assert_eq!(helper("x="), 0);
    assert_eq!(helper("echo password=$(cat f); x="), 0);
}

#[test]
fn output_never_contains_a_secret() {
    let mut samples = Samples::new(4);
    for (path, template, _) in CONFIG.iter().chain(CONTENT) {
        let text = fill(template, &mut samples);
        for leak in scan_file(path.as_bytes(), text.as_bytes()).leaks {
            let output = output(&leak);
            let secret = String::from_utf8_lossy(leak.secret.expose()).into_owned();
            let body = String::from_utf8_lossy(body(leak.secret.expose())).into_owned();
            assert!(!output.contains(&secret) && !output.contains(&body), "{path}: {template}");
            for window in body.as_bytes().windows(8).filter(|_| leak.detector.is_some()) {
                assert!(!output.contains(&*String::from_utf8_lossy(window)), "{path}: {template}");
            }
        }
    }
}

/// Returns everything that is shown of a leak.
fn output(leak: &Leak) -> String {
    let problem = crate::rules::leak_text::problem(leak);
    let shown = (&problem.message, &problem.help, &problem.notes, &leak.key, &leak.host, &leak.replacement);
    format!("{shown:?} {leak:?} {problem:?}")
}
