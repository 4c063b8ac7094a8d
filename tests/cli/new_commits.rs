//! New commits of random pushes. The fast path of the quarantine, the slow walk, the walk without git and
//! git's own `rev-list` must agree in thousands of pushes.
//!
//! No commit of these histories is signed, so the findings of `missing-signoff` name exactly the commits that
//! the gate treats as new.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use crate::support::{Repo, Run, Sandbox, not_tested};

/// Number of commits in a history.
const COMMITS: usize = 24;

/// The empty tree, which every commit here has. libgit2 and git know it without an object.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// Policy of the server. It requires a sign-off for clean merges too, so that every new commit is reported.
const POLICY: &str = "refs: {exempt: [refs/heads/wip/*]}\nsign-off: {merges: require}\n";

/// Object format and ref format of a repository, as options of `git init`.
type Format = &'static [&'static str];

#[test]
fn fast_path_walk_and_git_agree_on_random_pushes() {
    agree(&[], 800);
}

#[test]
fn answers_agree_on_sha256_repositories() {
    agree(&["--object-format=sha256"], 100);
}

#[test]
fn answers_agree_on_reftable_repositories() {
    for (format, pushes) in
        [(&["--ref-format=reftable"][..], 100), (&["--object-format=sha256", "--ref-format=reftable"], 50)]
    {
        let probe = Sandbox::new().run("git").args(["init", "-q", "probe"]).args(format).transcript();
        if probe.status() != Some(0) {
            return not_tested("random pushes into a reftable", "a git that can make one, 2.45 or newer");
        }
        agree(format, pushes);
    }
}

/// Checks that all answers agree for a number of random pushes into servers of a format.
fn agree(format: Format, pushes: u64) {
    let sandbox = Sandbox::new();
    let mut nonempty = 0;
    for number in 0..pushes {
        let mut random = Random(number);
        if number % 50 == 0 {
            let _ = std::fs::remove_dir_all(sandbox.path("history"));
        }
        let history = History::at(&sandbox, number / 50, format);
        let push = Push::random(&history, &mut random);
        let server = push.set_up(&sandbox, &history, format);
        let (expected, walked) = (push.expected(&history), push.walked(&server));
        nonempty += u64::from(!expected.is_empty());
        if history.in_order {
            assert_eq!(walked, expected, "push {number}, git: {push:#?}");
        }
        assert!(walked.is_superset(&expected), "push {number}, git: {push:#?}");
        let fast = push.judged(&server, View::Quarantine);
        assert!(fast == expected || fast == walked, "push {number}: {fast:?}, not {expected:?}: {push:#?}");
        let slow = if number % 4 == 0 { View::Quoted } else { View::Store };
        assert_eq!(push.judged(&server, slow), walked, "push {number}, {slow:?}: {push:#?}");
        if format.is_empty() && number % 2 == 1 {
            let view = if number % 4 == 1 { View::AloneInQuarantine } else { View::AloneInStore };
            let alone = push.judged(&server, view);
            let good = if history.in_order { alone == expected } else { alone.is_superset(&expected) };
            assert!(good, "push {number}, {view:?}: {alone:?}, not {expected:?}: {push:#?}");
        }
        std::fs::remove_dir_all(server.path()).unwrap();
    }
    assert!(nonempty > pushes / 3, "only {nonempty} pushes brought anything");
}

/// Small pseudo-random generator (xorshift64*), with the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0.wrapping_add(0x9e37_79b9_7f4a_7c15) >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap() % bound
    }

    fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }
}

/// Random history of unsigned commits, as loose objects.
struct History {
    oids: Vec<String>,
    parents: Vec<Vec<usize>>,
    objects: PathBuf,
    /// True if every commit is younger than its parents. If not, git's walk may report known commits as new,
    /// but never new commits as known.
    in_order: bool,
}

impl History {
    /// Returns the history with a number. Reuses its objects if the sandbox contains them already.
    fn at(sandbox: &Sandbox, number: u64, format: Format) -> Self {
        let mut random = Random(number + 1_000_000);
        let parents: Vec<Vec<usize>> = (0..COMMITS).map(|at| random_parents(at, &mut random)).collect();
        let list = sandbox.path("history/oids");
        let in_order = !number.is_multiple_of(3);
        if !list.exists() {
            let repo = sandbox.init_with("history", format);
            repo.git(["config", "fastimport.unpackLimit", "10000"]).ok();
            let stream = stream(&parents, in_order, &mut random);
            repo.git(["fast-import", "--quiet", "--force"]).stdin(stream).ok();
            let oids: Vec<String> =
                (0..COMMITS).map(|at| repo.oid(&format!("refs/all/{at}")).unwrap()).collect();
            std::fs::write(&list, oids.join("\n")).unwrap();
        }
        let oids = std::fs::read_to_string(&list).unwrap().lines().map(str::to_owned).collect();
        Self { oids, parents, objects: sandbox.path("history/.git/objects"), in_order }
    }

    /// Returns all commits that can be reached from `tips`, including `tips`.
    fn closure(&self, tips: &[usize]) -> BTreeSet<usize> {
        let mut reached = BTreeSet::new();
        let mut stack = tips.to_vec();
        while let Some(at) = stack.pop() {
            if reached.insert(at) {
                stack.extend(&self.parents[at]);
            }
        }
        reached
    }

    /// Links the object of a commit into an object directory.
    fn link(&self, at: usize, objects: &Path) {
        let (folder, file) = self.oids[at].split_at(2);
        std::fs::create_dir_all(objects.join(folder)).unwrap();
        let target = objects.join(folder).join(file);
        if !target.exists() {
            std::fs::hard_link(self.objects.join(folder).join(file), target).unwrap();
        }
    }
}

fn random_parents(at: usize, random: &mut Random) -> Vec<usize> {
    let count = if at == 0 || random.percent(4) { 0 } else { 1 + usize::from(random.percent(25)) };
    let parents: BTreeSet<usize> = (0..count).map(|_| at - 1 - random.below(at.min(5))).collect();
    parents.into_iter().collect()
}

/// Returns a history as input of `git fast-import`.
fn stream(parents: &[Vec<usize>], in_order: bool, random: &mut Random) -> String {
    let mut stream = String::new();
    for (at, parents) in parents.iter().enumerate() {
        let date = if in_order { at } else { random.below(100) };
        let who = format!("A U Thor <author@example.com> {} +0000", 1_700_000_000 + date);
        let _ = write!(
            stream,
            "commit refs/all/{at}\nmark :{}\nauthor {who}\ncommitter {who}\ndata 3\n{at:02}\n",
            at + 1
        );
        for (place, parent) in parents.iter().enumerate() {
            let _ = writeln!(stream, "{} :{}", if place == 0 { "from" } else { "merge" }, parent + 1);
        }
        stream.push_str("deleteall\n\n");
    }
    stream
}

/// State of a server before a push, and the push.
#[derive(Debug)]
struct Push {
    /// Refs of the server: name and commit.
    refs: Vec<(String, usize)>,
    /// Commits in the server's object store that no ref reaches.
    leftovers: Vec<usize>,
    /// Ref updates: name and commit.
    updates: Vec<(String, usize)>,
    oids: Vec<String>,
}

impl Push {
    fn random(history: &History, random: &mut Random) -> Self {
        let mut refs = Vec::new();
        for name in ["refs/heads/main", "refs/heads/b", "refs/tags/t", "refs/heads/wip/x", "refs/notes/n"] {
            if random.percent(60) {
                refs.push((name.to_owned(), random.below(COMMITS)));
            }
        }
        let leftovers = (0..random.below(4)).map(|_| random.below(COMMITS)).collect();
        let names = ["refs/heads/main", "refs/heads/new", "refs/tags/u"];
        let count = 1 + random.below(names.len());
        let updates = names[..count].iter().map(|name| ((*name).to_owned(), random.below(COMMITS))).collect();
        Self { refs, leftovers, updates, oids: history.oids.clone() }
    }

    /// Creates the server: its refs, its object store, and the quarantine with the pushed objects.
    fn set_up<'s>(&self, sandbox: &'s Sandbox, history: &History, format: Format) -> Repo<'s> {
        let server = self.without_objects(sandbox, format);
        std::fs::write(server.file("git-gate.yml"), POLICY).unwrap();
        let (objects, incoming) = (server.file("objects"), server.file("objects/incoming"));
        std::fs::create_dir(&incoming).unwrap();
        let stored: Vec<usize> =
            self.refs.iter().map(|(_, at)| *at).chain(self.leftovers.iter().copied()).collect();
        let stored = history.closure(&stored);
        stored.iter().for_each(|at| history.link(*at, &objects));
        let pushed: Vec<usize> = self.updates.iter().map(|(_, at)| *at).collect();
        for at in history.closure(&pushed).difference(&stored) {
            history.link(*at, &incoming);
        }
        if !format.is_empty() {
            let create = |(name, at): &(String, usize)| format!("create {name} {}\n", self.oids[*at]);
            let refs: String = self.refs.iter().map(create).collect();
            server.git(["update-ref", "--stdin"]).stdin(refs).ok();
        }
        server
    }

    /// Creates the server without objects. In the default format, writes its files and refs directly, which
    /// is faster than running git; in other formats, creates no refs, because that needs the objects.
    fn without_objects<'s>(&self, sandbox: &'s Sandbox, format: Format) -> Repo<'s> {
        if !format.is_empty() {
            return sandbox.init_with("server.git", &[format, &["--bare"]].concat());
        }
        let server = sandbox.path("server.git");
        for folder in ["objects/pack", "refs"] {
            std::fs::create_dir_all(server.join(folder)).unwrap();
        }
        std::fs::write(server.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        std::fs::write(server.join("config"), "[core]\n\tbare = true\n\trepositoryformatversion = 0\n")
            .unwrap();
        let mut packed: Vec<String> =
            self.refs.iter().map(|(name, at)| format!("{} {name}\n", self.oids[*at])).collect();
        packed.sort_by(|a, b| a[41..].cmp(&b[41..]));
        std::fs::write(server.join("packed-refs"), packed.concat()).unwrap();
        Repo::at(sandbox, server)
    }

    /// Returns the new commits: those that the updates reach and no covered ref does.
    fn expected(&self, history: &History) -> BTreeSet<String> {
        let is_covered = |name: &str| {
            ["refs/heads/", "refs/tags/"].iter().any(|prefix| name.starts_with(prefix))
                && !name.starts_with("refs/heads/wip/")
        };
        let covered = self.refs.iter().filter(|(name, _)| is_covered(name)).map(|(_, at)| *at);
        let known = history.closure(&covered.collect::<Vec<_>>());
        let pushed: Vec<usize> = self.updates.iter().map(|(_, at)| *at).collect();
        history.closure(&pushed).difference(&known).map(|at| self.oids[*at][..12].to_owned()).collect()
    }

    /// Returns the new commits according to `git rev-list`.
    fn walked(&self, server: &Repo<'_>) -> BTreeSet<String> {
        let tips = self.updates.iter().map(|(_, at)| self.oids[*at].as_str());
        let covered = ["--not", "--exclude=refs/heads/wip/*", "--glob=refs/heads/*", "--glob=refs/tags/*"];
        let run = see(server, server.git(["rev-list"]).args(tips).args(covered), View::Quarantine);
        run.ok().stdout().lines().map(|line| line.to_str().unwrap()[..12].to_owned()).collect()
    }

    /// Returns the commits that the gate reported as unsigned.
    fn judged(&self, server: &Repo<'_>, view: View) -> BTreeSet<String> {
        let mut input = String::new();
        for (name, at) in &self.updates {
            let oid = &self.oids[*at];
            let _ = writeln!(input, "{} {oid} {name}", "0".repeat(oid.len()));
        }
        let run = server.gate(["hook", "pre-receive"]).env("GIT_DIR", ".").stdin(input);
        let transcript = see(server, run, view).transcript();
        assert!(matches!(transcript.status(), Some(0 | 1)), "{transcript}");
        let places = transcript.stderr().lines().filter_map(|line| line.trim_start().strip_prefix(b"--> "));
        places.map(|place| place.to_str().unwrap()[..12].to_owned()).collect()
    }
}

/// Location of the pushed objects from the view of the hook.
#[derive(Debug, Clone, Copy)]
enum View {
    /// Quarantine as git sets it up. The fast path applies if libgit2 can read the repository.
    Quarantine,
    /// One object store without a quarantine. The hook has to walk.
    Store,
    /// Quarantine with a quoted path, which libgit2 cannot read. The hook has to walk, and reads through git.
    Quoted,
    /// Same as `Quarantine`, without git on PATH.
    AloneInQuarantine,
    /// Same as `Store`, without git on PATH.
    AloneInStore,
}

fn see(server: &Repo<'_>, run: Run, view: View) -> Run {
    let objects = server.path().join("objects");
    let incoming = objects.join("incoming");
    let alone = matches!(view, View::AloneInQuarantine | View::AloneInStore);
    let run = if alone { run.env("PATH", &incoming) } else { run };
    let other = match view {
        View::Quarantine | View::AloneInQuarantine => objects.display().to_string(),
        View::Store | View::AloneInStore => return run.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", incoming),
        View::Quoted => format!("\"{}\"", objects.display()),
    };
    run.env("GIT_QUARANTINE_PATH", &incoming)
        .env("GIT_OBJECT_DIRECTORY", &incoming)
        .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", other)
}

#[test]
fn empty_tree_needs_no_object() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let commit = repo.git(["commit-tree", EMPTY_TREE, "-m", "unsigned"]).ok().line();
    repo.gate(["scan", "--no-git-config", &commit]).ends_with(1).says("missing-signoff");
}
