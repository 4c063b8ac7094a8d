//! Facts by which findings about credentials are sorted: the same number for the same one, and where else it stands.

use serde_json::Value;

use crate::support::{Repo, Sandbox, Secrets};

/// Creates a repository in which one token stands in three places and another one in one.
fn repository<'s>(sandbox: &'s Sandbox, secrets: &mut Secrets) -> (Repo<'s>, [String; 2]) {
    let repo = sandbox.init("repo");
    let (one, other) = (secrets.github("one"), secrets.github("other"));
    let first = repo.commit_file("a.py", format!("import os\nkey = \"{one}\"\n"));
    repo.commit_file("c.py", format!("key = \"{other}\"\n"));
    repo.write("a.py", "import os\n");
    let last = repo.commit_file("b.py", format!("key = \"{one}\"\n"));
    repo.git(["config", "http.extraheader", &format!("Authorization: token {one}")]).ok();
    (repo, [first, last])
}

fn parsed(repo: &Repo<'_>, format: &str) -> Value {
    let said = repo.gate(["scan", "--all", "--format", format]).ends_with(1);
    serde_json::from_slice(said.stdout()).unwrap()
}

#[test]
fn same_credential_has_the_same_number_and_names_its_other_places() {
    let (sandbox, mut secrets) = (Sandbox::new(), Secrets::default());
    let (repo, [first, last]) = repository(&sandbox, &mut secrets);
    let report = parsed(&repo, "json");
    let findings = report["findings"].as_array().unwrap();
    let of = |path: &str| findings.iter().find(|finding| finding["location"]["path"] == path).unwrap();
    for (path, number, findings, first, last) in [
        ("a.py", 1, 3, Some(&first), Some(&last)),
        ("b.py", 1, 3, Some(&first), Some(&last)),
        (".git/config", 1, 3, Some(&first), Some(&last)),
        ("c.py", 2, 1, repo.oid("HEAD~1").as_ref(), repo.oid("HEAD~1").as_ref()),
    ] {
        let secret = &of(path)["secret"];
        let expected = serde_json::json!({
            "provider": "GitHub", "kind": "GitHub personal access token", "length": 40, "number": number,
            "findings": findings, "first_commit": first, "last_commit": last,
        });
        assert_eq!(*secret, expected, "{path}");
    }
    assert_eq!((&of("a.py")["in_head"], &of("b.py")["in_head"]), (&false.into(), &true.into()));
    assert!(of("a.py")["author"].as_str().unwrap().contains("author@example.com"));
    let said = repo.gate(["scan", "--all"]).ends_with(1);
    said.says("revoke it first; then find out who has the commit");
    said.says("secret 1 of this report, also at `b.py:1`, `.git/config:")
        .never_says("secret 2 of this report");
    assert_eq!(secrets.shown_in(said.stdout()), Vec::<String>::new());
}

#[test]
fn sarif_has_severity_facts_and_suppressions() {
    let (sandbox, mut secrets) = (Sandbox::new(), Secrets::default());
    let (repo, [first, _]) = repository(&sandbox, &mut secrets);
    repo.write(".git-gate.yml", "tokens: {exempt: [{path: c.py, reason: made up}]}\n");
    let log = parsed(&repo, "sarif");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for (id, severity, precision) in [
        ("token-in-git-config", Value::from("9.1"), "high"),
        ("token-in-content", Value::from("8.1"), "high"),
        ("missing-signoff", Value::Null, "very-high"),
    ] {
        let rule = rules.iter().find(|rule| rule["id"] == id).unwrap();
        assert_eq!(
            (&rule["properties"]["security-severity"], &rule["properties"]["precision"]),
            (&severity, &precision.into()),
            "{id}"
        );
    }
    let results = run["results"].as_array().unwrap();
    let of = |path: &str| {
        let uri =
            |result: &Value| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == path;
        results.iter().find(|result| uri(result)).unwrap()
    };
    let facts = &of("a.py")["properties"];
    assert_eq!(facts["secret"]["first_commit"], Value::from(first));
    assert_eq!((&facts["inHead"], &facts["secret"]["provider"]), (&false.into(), &"GitHub".into()));
    assert!(facts["author"].is_string() && facts["date"].is_string());
    let expected = serde_json::json!([{ "kind": "external", "justification": "made up" }]);
    assert_eq!(of("c.py")["suppressions"], expected);
    assert_eq!(of("a.py")["suppressions"], Value::Null);
}
