//! Roll-out on a server with old problems, by the commands in install/README.md.

use std::path::Path;

use crate::support::{Sandbox, Server, UNPINNED_WORKFLOW, WORKFLOW};

/// Returns the commands of install/README.md, one for each step.
fn steps() -> Vec<String> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("install/README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let (_, rest) = readme.split_once("<!-- roll-out:").unwrap();
    let (part, _) = rest.split_once("<!-- end of roll-out -->").unwrap();
    let lines = part.lines().skip(2).take_while(|line| *line != "```");
    lines.filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

#[test]
fn each_step_of_the_roll_out_is_one_command() {
    let sandbox = Sandbox::new();
    let root = sandbox.path("");
    std::fs::create_dir_all(sandbox.path("srv/git")).unwrap();
    for folder in ["etc", "var/log"] {
        std::fs::create_dir_all(sandbox.path(folder)).unwrap();
    }
    let bare = sandbox.init_bare("srv/git/project.git");
    bare.git(["config", "gate.policy"]).arg(sandbox.path("etc/git-gate.yml")).ok();
    let client = sandbox.init("client");
    client.git(["remote", "add", "origin"]).arg(bare.path()).ok();
    client.commit_message("docs: an old sin\n");
    client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    client.git(["push", "-q", "origin", "main"]).ok();
    let old = client.oid("main").unwrap();
    let server = Server { bare, client };
    let steps = steps();
    assert_eq!(steps.len(), 8);
    let step = |number: usize| {
        let mut command = steps[number - 1].clone();
        for place in ["/etc/", "/srv/", "/var/"] {
            command =
                command.replace(place, &format!("{}{place}", root.to_str().unwrap().trim_end_matches('/')));
        }
        sandbox.run("sh").dir(&root).args(["-c", &command])
    };

    step(1).ok();
    step(2).ok().says("1 repository: ");
    server.client.commit_message("docs: a new sin\n");
    let accepted = server.accepts(["main"]);
    accepted
        .says("warning[missing-signoff]")
        .says("do not rewrite them")
        .says("remote: accepted under `warn-only`: 1 warning");
    for advice in ["--amend", "rebase", "--signoff", "push again", "clean:", "has to add"] {
        accepted.never_says(advice);
    }
    sandbox.gate(["server", "status"]).arg(sandbox.path("srv/git")).ok().says("only warned, by policy");

    step(3).ok().says("missing-signoff  1  -").says("1 push from ").says("1 only warned");
    step(4).ok().says("clean: no findings").says("old findings from the baseline are not shown");
    step(5).ok();
    step(6).ok().says("valid: [ROOT]/etc/git-gate.yml.new");
    step(7).ok();
    step(8).ok().says("1 repository: 1 guarded");

    server.client.commit_message("docs: one sin too many\n");
    server.refuses(["main"]).says("error[missing-signoff]").says("denied: 1 error in 1 ref update, 1 commit");
    server.client.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    server.client.commit_file("clean", "x\n");
    server.accepts(["main"]).never_says("error").never_says("warning");
    // Old commits come in by another way.
    server.bare.git(["update-ref", "-d", "refs/heads/main"]).ok();
    server
        .accepts([&*format!("{old}:refs/heads/restored")])
        .says("old findings from the baseline are not shown");
    step(3).ok().says("1 refused").says("1 only warned").says("1 exempted").says("1 clean");
}

#[test]
fn a_policy_that_only_warns_never_calls_a_push_with_findings_clean() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bare.write("git-gate.yml", "warn-only: true\n");
    server.client.commit_file("a", "x\n");
    server.accepts(["main"]).never_says("warn-only");
    server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    let accepted = server.accepts(["main"]);
    accepted.says("accepted under `warn-only`: 1 warning in 1 ref update").never_says("clean:");
    // The repair of a workflow is a new commit.
    accepted.says("help: pin it");
}
