//! Recall of the kinds of tokens in a table that is independent of the detectors, and secrecy of every format about them.

mod shape;

use std::collections::BTreeSet;

use data_encoding::BASE64;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::support::{Repo, Sandbox};
use shape::{Shapes, Token};

const TABLE: &str = include_str!("table.txt");

/// Minimum number of kinds in the table.
const KINDS: usize = 148;

/// Kinds that cannot be a password: they contain a blank, or are whole URLs and parts of connection strings.
const NO_PASSWORD: [&str; 5] =
    ["FlyV1 ", "hooks.slack.com/", "discord.com/", "AccountKey=", "SharedAccessKey="];

/// Kind of a token, with a token of that kind.
struct Kind {
    name: String,
    token: String,
    secrets: Vec<String>,
}

fn kinds(seed: u64) -> Vec<Kind> {
    let mut shapes = Shapes::new(seed);
    let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
    let kind = |row: &str| {
        let fields: Vec<&str> = row.split(" | ").collect();
        let [provider, kind, shape, source] = fields[..] else { panic!("{row}") };
        assert!(!source.is_empty());
        let Token { text: token, secrets } = shapes.token(shape);
        Kind { name: format!("{provider} {kind}"), token, secrets }
    };
    rows.map(kind).collect()
}

/// Returns the paths with findings in the tree of HEAD.
fn paths_with_findings(repo: &Repo<'_>) -> BTreeSet<String> {
    let said = repo.gate(["scan", "--tree", "HEAD", "--format", "json"]).transcript();
    let report: Value = serde_json::from_slice(said.stdout()).unwrap();
    let paths = report["findings"].as_array().unwrap().iter();
    paths.map(|finding| finding["location"]["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_documented_kind_is_found_without_context() {
    for seed in [1, 2] {
        let (sandbox, kinds) = (Sandbox::new(), kinds(seed));
        assert!(kinds.len() >= KINDS, "{}", kinds.len());
        let repo = sandbox.init("repo");
        for (number, kind) in kinds.iter().enumerate() {
            repo.write(format!("{number}.txt"), format!("value = \"{}\"\n", kind.token));
        }
        repo.commit("docs: begin");
        let found = paths_with_findings(&repo);
        let missed = kinds.iter().enumerate().filter(|(number, _)| !found.contains(&format!("{number}.txt")));
        let missed: Vec<&str> = missed.map(|(_, kind)| kind.name.as_str()).collect();
        assert!(missed.is_empty(), "{} of {} missed: {missed:?}", missed.len(), kinds.len());
    }
}

#[test]
fn every_documented_kind_is_found_as_a_password() {
    let (sandbox, mut kinds) = (Sandbox::new(), kinds(3));
    kinds.retain(|kind| !NO_PASSWORD.iter().any(|start| kind.token.starts_with(start)));
    assert!(kinds.len() >= 144, "{}", kinds.len());
    let repo = sandbox.init("repo");
    for (number, Kind { token, .. }) in kinds.iter().enumerate() {
        let encoded = utf8_percent_encode(token, NON_ALPHANUMERIC);
        let url = format!("[remote \"o\"]\n\turl = https://ci:{encoded}@git.acme.io/a\n");
        let basic = BASE64.encode(format!("ci:{token}").as_bytes());
        let header = format!("[http]\n\textraheader = Authorization: Basic {basic}\n");
        repo.write(format!("url/{number}/.gitconfig"), url);
        repo.write(format!("header/{number}/.gitconfig"), header);
        repo.write(format!("netrc/{number}/.netrc"), format!("machine acme.io login ci password {token}\n"));
    }
    repo.commit("docs: begin");
    let found = paths_with_findings(&repo);
    for (place, file) in [("url", ".gitconfig"), ("header", ".gitconfig"), ("netrc", ".netrc")] {
        let missed = kinds
            .iter()
            .enumerate()
            .filter(|(number, _)| !found.contains(&format!("{place}/{number}/{file}")));
        let missed: Vec<&str> = missed.map(|(_, kind)| kind.name.as_str()).collect();
        assert!(missed.is_empty(), "{place}: {missed:?}");
    }
}

/// Minimum length of a piece of a token that may not be shown.
const PIECE: usize = 12;

#[test]
fn no_format_shows_a_piece_of_a_token() {
    let (sandbox, kinds) = (Sandbox::new(), kinds(4));
    let repo = sandbox.init("repo");
    for (number, kind) in kinds.iter().enumerate() {
        let token = &kind.token;
        let basic = BASE64.encode(format!("ci:{token}").as_bytes());
        repo.write(format!("{number}/a.txt"), format!("value = \"{token}\"\nvalue = \"{token}\"\n"));
        repo.write(format!("{number}/.netrc"), format!("machine acme.io login ci password {token}\n"));
        repo.write(
            format!("{number}/.gitconfig"),
            format!("[http]\n\textraheader = Authorization: Basic {basic}\n"),
        );
    }
    repo.write(
        "exempted.txt",
        format!("value = \"{}\" # git-gate: allow[token-in-content] a test\n", kinds[0].token),
    );
    let subject = format!("take {}", kinds[1].token);
    repo.commit_message(&format!("{subject}\n\nSigned-off-by: A U Thor <author@example.com>\n"));
    let scan = ["scan", "--no-git-config", "--limit", "0"];
    let outputs = ["html=report.html", "github-summary=summary.md"].map(|file| format!("--output={file}"));
    let mut said = repo.gate(scan).args(&outputs).ends_with(1).stdout().to_vec();
    for format in ["json", "jsonl", "sarif", "github", "gitlab"] {
        said.extend(repo.gate(scan).args(["--format", format]).ends_with(1).stdout());
    }
    for file in ["report.html", "summary.md"] {
        said.extend(std::fs::read(repo.file(file)).unwrap());
    }
    let shown: BTreeSet<&[u8]> = said.windows(PIECE).collect();
    for Kind { name, token, secrets } in &kinds {
        let start = token.find(&secrets[0]).unwrap();
        let basic = BASE64.encode(format!("ci:{token}").as_bytes());
        let (_, encoded) = basic.split_at((start + 3).div_ceil(3) * 4);
        for text in secrets.iter().map(String::as_str).chain([encoded]) {
            let piece = text.as_bytes().windows(PIECE).find(|piece| shown.contains(piece));
            assert_eq!(piece, None, "{name}");
        }
    }
}
