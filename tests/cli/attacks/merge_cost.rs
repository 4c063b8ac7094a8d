//! Merges that would take very long to repeat.

use std::fmt::Write as _;

use crate::support::{EMAIL, NAME, Repo, SIGN_OFF, Sandbox, Server};

/// A stream for `git fast-import`, and the number of its last commit.
#[derive(Default)]
struct Stream {
    text: String,
    commits: usize,
}

impl Stream {
    /// Adds a commit with one file of its own; returns its mark. The first parent is named first.
    fn commit(&mut self, message: &str, parents: &[String], file: &str) -> String {
        self.commits += 1;
        let (mark, date) = (self.commits, 1_700_000_000 + self.commits);
        let who = format!("{NAME} <{EMAIL}> {date} +0000");
        let _ = writeln!(
            self.text,
            "commit refs/heads/import\nmark :{mark}\nauthor {who}\ncommitter {who}\ndata {}\n{message}",
            message.len()
        );
        for (number, parent) in parents.iter().enumerate() {
            let word = if number == 0 { "from" } else { "merge" };
            let _ = writeln!(self.text, "{word} {parent}");
        }
        if !file.is_empty() {
            let _ = writeln!(self.text, "M 100644 inline {file}\ndata {}\n{file}", file.len());
        }
        format!(":{mark}")
    }

    fn signed(&mut self, parents: &[String], file: &str) -> String {
        self.commit(&format!("docs: a change\n\n{SIGN_OFF}\n"), parents, file)
    }

    fn import(self, client: &Repo<'_>) {
        client.git(["fast-import", "--quiet", "--force"]).stdin(self.text).ok();
    }
}

const COSTLY: &str = "this merge has too many parents or merge bases to be repeated, so its author has to sign it \
                      off: `git merge --signoff`";

#[test]
fn merge_of_branches_that_cross_often_needs_a_signoff() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let mut stream = Stream::default();
    let mut lines = ["a", "b", "c"].map(|name| stream.signed(&["refs/heads/main^0".to_owned()], name));
    for level in 0..20 {
        let [a, b, c] = &lines;
        let crosses = [[a, b, c], [b, c, a], [c, a, b]].map(|line| line.map(String::clone));
        lines = crosses.map(|line| stream.signed(&line, &format!("{level}-{}", &line[0][1..])));
    }
    let merge = stream.commit("Merge\n", &lines[..2], "");
    stream.signed(&[merge], "last");
    stream.import(&server.client);
    server.refuses(["import"]).says("error[missing-signoff]").says(COSTLY);
    let scan = server.client.gate(["scan", "--no-git-config", "main..import"]);
    scan.ends_with(1).says(COSTLY);
}

#[test]
fn merge_of_very_many_needs_a_signoff() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    for (parents, message, accepted) in [
        (16, "Merge\n".to_owned(), true),
        (17, "Merge\n".to_owned(), false),
        (17, format!("Merge\n\n{SIGN_OFF}\n"), true),
    ] {
        let mut stream = Stream::default();
        let main = "refs/heads/main^0".to_owned();
        let sides: Vec<String> = (0..parents)
            .map(|side| stream.signed(std::slice::from_ref(&main), &format!("s{side}")))
            .collect();
        let merge = stream.commit(&message, &sides, "");
        for side in 1..parents {
            let _ =
                writeln!(stream.text, "M 100644 inline s{side}\ndata {}\ns{side}", format!("s{side}").len());
        }
        stream.signed(&[merge], "last");
        stream.import(&server.client);
        if accepted {
            server.accepts(["import:refs/heads/many"]);
            server.accepts([":many"]);
        } else {
            server.refuses(["import:refs/heads/many"]).says("error[missing-signoff]").says(COSTLY);
        }
    }
}

/// Each is repeated once.
#[test]
fn equal_merges_are_accepted() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let mut stream = Stream::default();
    let main = "refs/heads/main^0".to_owned();
    let sides: Vec<String> =
        (0..9).map(|side| stream.signed(std::slice::from_ref(&main), &format!("s{side}"))).collect();
    let mut merges = Vec::new();
    for number in 0..40 {
        merges.push(stream.commit(&format!("Merge {number}\n"), &sides, ""));
        for side in 1..9 {
            let _ = writeln!(stream.text, "M 100644 inline s{side}\ndata 2\ns{side}");
        }
    }
    stream.signed(&merges, "last");
    stream.import(&server.client);
    server.accepts(["import:refs/heads/equal"]);
}
