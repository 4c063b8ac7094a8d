//! Actions that only another reader than GitHub's recognizes as actions.

use crate::support::{Sandbox, Server};

const RUNS: &str = "{using: composite, steps: [{uses: evil/action@v1}, {uses: actions/checkout@v4}]}";

#[test]
fn key_that_another_reader_decodes_is_refused() {
    let caller = "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: ./a\n";
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(".gitea/workflows/u.yml", caller)]);
    for (text, finding) in [
        (format!("name: x\nx: &x\n  runs: {RUNS}\n<<: *x\n"), "error[unpinned-uses]: `evil/action@v1`"),
        (
            format!("name: x\n!!binary cnVucw==: {RUNS}\n"),
            "the tag `tag:yaml.org,2002:binary` is not supported",
        ),
        (
            format!("x: &x !!binary cnVucw==\n*x : {RUNS}\n"),
            "the tag `tag:yaml.org,2002:binary` is not supported",
        ),
        (format!("# x\n\u{feff}runs: {RUNS}\n"), "the control character U+FEFF is not allowed"),
    ] {
        for path in ["a/action.yml", "a/action.yaml"] {
            server.branch("topic", "main");
            server.client.commit_file(path, &text);
            server.refuses(["topic"]).says(finding).says("error[unreadable-workflow]");
        }
    }
    server.branch("topic", "main");
    server
        .client
        .commit_file("a/action.yml", "title: a form\nfields: &f {a: !date 2026-01-01}\nmore: {<<: *f}\n");
    server.accepts(["topic"]);
}
