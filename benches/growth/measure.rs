//! Cost of a process, with all that it starts.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Process to measure.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// Program; `None` for git-gate.
    pub(crate) program: Option<&'static str>,
    pub(crate) directory: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    /// Standard input.
    pub(crate) input: Vec<u8>,
}

/// What a process has cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// Seconds on all cores.
    pub(crate) cpu: f64,
    /// Peak of its own memory, in kilobytes.
    pub(crate) memory: u64,
    pub(crate) status: i32,
}

impl Run {
    pub(crate) fn gate(directory: &Path, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Self { directory: directory.to_owned(), arguments, ..Self::default() }
    }

    pub(crate) fn git(directory: &Path, arguments: &[&str]) -> Self {
        Self { program: Some("git"), ..Self::gate(directory, arguments) }
    }

    /// Returns the run of the hook of a server for ref updates, whose objects are in a quarantine.
    pub(crate) fn pre_receive(server: &Path, incoming: &Path, updates: String) -> Self {
        let objects = incoming.join("objects").to_str().unwrap().to_owned();
        let own = server.join("objects").to_str().unwrap().to_owned();
        let env = [
            ("GIT_DIR", ".".to_owned()),
            ("GIT_OBJECT_DIRECTORY", objects.clone()),
            ("GIT_QUARANTINE_PATH", objects),
            ("GIT_ALTERNATE_OBJECT_DIRECTORIES", own),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), value)).into();
        Self { env, input: updates.into_bytes(), ..Self::gate(server, &["hook", "pre-receive"]) }
    }

    /// Runs the process and returns its cost. `GIT_GATE_BINARY` names another git-gate.
    pub(crate) fn cost(&self) -> Cost {
        let other = std::env::var("GIT_GATE_BINARY");
        let gate = other.as_deref().unwrap_or(env!("CARGO_BIN_EXE_git-gate"));
        let mut command = Command::new(self.program.unwrap_or(gate));
        command.args(&self.arguments).current_dir(&self.directory);
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(File::create("/dev/null").unwrap()).stderr(Stdio::null());
        let before = children_cpu();
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = self.input.clone();
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let proc_status = format!("/proc/{}/status", child.id());
        let mut memory = 0;
        let ended = loop {
            if let Some(ended) = child.try_wait().unwrap() {
                break ended;
            }
            let text = std::fs::read_to_string(&proc_status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
            memory = memory.max(kilobytes.unwrap_or_default());
            std::thread::sleep(Duration::from_millis(2));
        };
        writer.join().unwrap();
        Cost { cpu: children_cpu() - before, memory, status: ended.code().unwrap_or(-1) }
    }
}

/// Returns the CPU time of all children that have ended, with their own, in seconds: fields 16 and 17 of proc(5).
fn children_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks = fields.split_whitespace().skip(13).take(2);
    // A tick is 10 ms on Linux.
    ticks.map(|field| field.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

/// Returns the exponent of the growth: the slope of a line through the logarithms.
pub(crate) fn exponent(points: &[(usize, f64)]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
    let logs: Vec<(f64, f64)> =
        points.iter().map(|&(size, cost)| ((size as f64).ln(), cost.max(0.005).ln())).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / logs.len() as f64;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let above: f64 = logs.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    above / logs.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>()
}

/// Runs git and returns its output.
pub(crate) fn git(directory: &Path, arguments: &[&str], input: &[u8]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(directory).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input).unwrap());
        child.wait_with_output().unwrap()
    });
    assert!(output.status.success(), "git {arguments:?}");
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}
