//! Guarded bare repository, and a client without hooks that pushes to it.

use super::{Repo, SIGN_OFF, Sandbox, Transcript, UNPINNED_WORKFLOW, WORKFLOW};

/// Server and client in one sandbox.
pub(crate) struct Server<'s> {
    /// Bare repository that is pushed to.
    pub(crate) bare: Repo<'s>,
    /// Repository that pushes; its remote `origin` is the server.
    pub(crate) client: Repo<'s>,
}

impl<'s> Server<'s> {
    /// Creates a server whose `main` has one commit with the given files, and installs the gate after that.
    pub(crate) fn new(sandbox: &'s Sandbox, files: &[(&str, &str)]) -> Self {
        Self::with_options(sandbox, &[], files)
    }

    /// Same as [`Server::new`], with additional options of `git init` for both repositories.
    pub(crate) fn with_options(sandbox: &'s Sandbox, options: &[&str], files: &[(&str, &str)]) -> Self {
        let bare = sandbox.init_with("server.git", &[options, &["--bare"]].concat());
        let client = sandbox.init_with("client", options);
        client.git(["remote", "add", "origin"]).arg(bare.path()).ok();
        client.write("README", "x\n");
        for (name, content) in files {
            client.write(name, content);
        }
        client.commit("docs: begin");
        client.git(["push", "-q", "origin", "main"]).ok();
        let server = Self { bare, client };
        server.bare.gate(["install"]).ok();
        server
    }

    /// Pushes refspecs, which options of `git push` may precede.
    pub(crate) fn push<const N: usize>(&self, arguments: [&str; N]) -> Transcript {
        self.client.git(["push", "-q", "origin"]).args(arguments).transcript()
    }

    /// Pushes; fails unless the gate refuses and no ref of the server changes.
    #[track_caller]
    pub(crate) fn refuses<const N: usize>(&self, arguments: [&str; N]) -> Transcript {
        let before = self.refs();
        let transcript = self.push(arguments);
        transcript.says("pre-receive hook declined");
        assert_eq!(self.refs(), before, "a ref of a refused push moved");
        transcript
    }

    /// Pushes; fails unless the gate accepts.
    #[track_caller]
    pub(crate) fn accepts<const N: usize>(&self, arguments: [&str; N]) -> Transcript {
        let transcript = self.push(arguments);
        assert_eq!(transcript.status(), Some(0), "{transcript}");
        transcript
    }

    /// Sends one ref update directly to `git receive-pack`, because `git push` would check it first.
    /// `objects` selects the objects to send, as input of `git pack-objects --revs`.
    pub(crate) fn receives(&self, update: &str, objects: &str) -> Transcript {
        let pack = self.client.git(["pack-objects", "--stdout", "--revs", "-q"]).stdin(objects).ok();
        let command = format!("{update}\0 report-status agent=x");
        let mut stream = format!("{:04x}{command}0000", command.len() + 4).into_bytes();
        stream.extend_from_slice(pack.stdout());
        self.bare.git(["receive-pack", "."]).stdin(stream).transcript()
    }

    /// Creates the branch `bad` in the client, one bad commit on top of `main`; returns the oid of this
    /// commit.
    pub(crate) fn bad_branch(&self) -> String {
        self.branch("bad", "main");
        self.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW)
    }

    /// Creates or resets a branch of the client at a revision, and checks it out.
    pub(crate) fn branch(&self, name: &str, at: &str) {
        self.client.git(["checkout", "-q", "-B", name, at]).ok();
    }

    /// Merges a branch into the current one, with a file that only the merge has.
    pub(crate) fn merge_with(&self, branch: &str, file: &str, content: &str) {
        self.client.git(["merge", "-q", "--no-ff", "--no-commit", branch]).ok();
        self.client.write(file, content);
        self.client.commit_message(&format!("Merge {branch}\n\n{SIGN_OFF}\n"));
    }

    fn refs(&self) -> Vec<u8> {
        self.bare.git(["for-each-ref"]).ok().stdout().to_vec()
    }
}
