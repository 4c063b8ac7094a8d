//! The recipes of `install/fleet/` for many machines, each of them run as it is written.

use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;
use serde_yaml::Value;

use super::machine::{Process, free_port, is_open, is_root, programs};
use crate::support::{Run, Sandbox, UNPINNED_WORKFLOW, WORKFLOW};

fn recipe(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("install/fleet").join(name)
}

/// Creates repositories on the disks of some machines, `one` and so on: one clean, two with a finding.
fn disks(sandbox: &Sandbox) {
    let clone = sandbox.init("one/a");
    clone.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    sandbox.init_bare("two/b b.git");
    let bare = sandbox.init_bare("three/c.git");
    clone.git(["push", "-q"]).arg(bare.path()).arg("HEAD:main").ok();
}

/// Returns the report about all repositories, as one run over them gives it.
fn whole(sandbox: &Sandbox, options: &[&str]) -> String {
    let scan =
        sandbox.gate(["fleet", "scan", "one", "two", "three", "--output", "whole.jsonl"]).args(options);
    scan.ends_with(1);
    let run = sandbox.gate(["fleet", "report", "whole.jsonl"]).ends_with(1);
    run.stdout().to_str_lossy().into_owned()
}

/// Starts an sshd for the user of the tests, with a home of its own; returns the lines of ssh's configuration for it.
fn start_sshd(sandbox: &Sandbox, sshd: &Path, name: &str, port: u16) -> Process {
    let home = sandbox.path("homes").join(name);
    std::fs::create_dir_all(&home).unwrap();
    let user = sandbox.run("id").arg("-un").ok().line();
    let configuration = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {key}\nPidFile none\nUsePAM no\nPasswordAuthentication no\n\
         KbdInteractiveAuthentication no\nStrictModes no\nAllowUsers {user}\nAuthorizedKeysFile {key}.pub\n\
         SetEnv HOME={home} \"PATH={path}\" GIT_CONFIG_SYSTEM=/dev/null\n",
        key = sandbox.path("key").display(),
        home = home.display(),
        path = sandbox.search_path().to_str().unwrap(),
    );
    let file = sandbox.write(format!("sshd-{name}"), configuration);
    if is_root() {
        // sshd needs its privilege separation directory, which is deleted at every boot.
        std::fs::create_dir_all("/run/sshd").unwrap();
    }
    let mut process = Process::start(sandbox.command(sshd).arg("-D").arg("-f").arg(file));
    process.wait_until(|| is_open(port));
    process
}

/// Builds a run of the recipe for ssh.
fn over_ssh(sandbox: &Sandbox) -> Run {
    let configuration = sandbox.path("ssh_config").display().to_string();
    sandbox
        .run("sh")
        .arg(recipe("ssh.sh"))
        .args(["hosts", "results", "--no-git-config", "--rule", "unpinned-uses"])
        .env("SSH", format!("ssh -F {configuration}"))
}

#[test]
fn servers_are_scanned_over_ssh() {
    let names = ["sshd", "ssh", "ssh-keygen", "parallel"];
    let Some([sshd, _, keygen, _]) = programs("fleet scan over ssh", names) else { return };
    let sandbox = Sandbox::new();
    disks(&sandbox);
    sandbox.run(keygen).args(["-q", "-t", "ed25519", "-N", "", "-f", "key"]).ok();
    let (mut config, mut hosts, mut ports) = (String::new(), String::new(), Vec::new());
    for name in ["one", "two", "three"] {
        let port = free_port();
        config += &format!(
            "Host {name}\nHostName 127.0.0.1\nPort {port}\nIdentityFile {key}\nIdentitiesOnly yes\nBatchMode yes\n\
             StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n",
            key = sandbox.path("key").display()
        );
        hosts += &format!("{name} {}\n", sandbox.path(name).display());
        ports.push((name, port));
    }
    sandbox.write("ssh_config", config);
    sandbox.write("hosts", hosts);
    let machine = rustix::system::uname().nodename().to_str().unwrap().to_owned();
    let whole = whole(&sandbox, &["--no-git-config", "--rule", "unpinned-uses"]);
    let root = sandbox.path("").display().to_string();
    let whole = whole.replace(&root, &format!("{machine}:{root}"));

    // One server is not there, so the report is not the last word.
    let mut servers = Vec::new();
    for (name, port) in &ports[..2] {
        servers.push(start_sshd(&sandbox, &sshd, name, *port));
    }
    over_ssh(&sandbox).ends_with(2).says("error: not every server has finished; run this again");
    let (name, port) = ports[2];
    servers.push(start_sshd(&sandbox, &sshd, name, port));
    let run = over_ssh(&sandbox).ends_with(1);
    assert_eq!(run.stdout().to_str_lossy(), whole, "{run}");
    // What is fetched stays nowhere else.
    let left = sandbox.run("find").args(["homes", "-name", "*.jsonl"]).ok();
    assert_eq!(left.line(), "", "{left}");
}

#[test]
fn slurm_runs_each_shard_as_a_task() {
    let names = ["slurmctld", "slurmd", "sbatch", "sinfo"];
    let Some([controller, daemon, sbatch, sinfo]) = programs("fleet scan as a Slurm array", names) else {
        return;
    };
    let sandbox = Sandbox::new();
    disks(&sandbox);
    let machine = rustix::system::uname().nodename().to_str().unwrap().to_owned();
    let user = sandbox.run("id").arg("-un").ok().line();
    for folder in ["state", "spool"] {
        std::fs::create_dir(sandbox.path(folder)).unwrap();
    }
    let (port, daemon_port) = (free_port(), free_port());
    let configuration = format!(
        "ClusterName=test\nSlurmctldHost={machine}(127.0.0.1)\nSlurmUser={user}\nSlurmdUser={user}\n\
         AuthType=auth/none\nCredType=cred/none\nSlurmctldPort={port}\nSlurmdPort={daemon_port}\n\
         StateSaveLocation={root}state\nSlurmdSpoolDir={root}spool\nSlurmctldPidFile={root}c.pid\n\
         SlurmdPidFile={root}d.pid\nProctrackType=proctrack/pgid\nTaskPlugin=task/none\n\
         SelectType=select/cons_tres\nSchedulerType=sched/builtin\nSwitchType=switch/none\nMpiDefault=none\n\
         CommunicationParameters=NoCtldInAddrAny,NoInAddrAny\nSlurmdParameters=config_overrides\n\
         NodeName={machine} NodeAddr=127.0.0.1 CPUs=2\nPartitionName=main Nodes=ALL Default=YES State=UP\n",
        root = sandbox.path("").display(),
    );
    let file = sandbox.write("slurm.conf", configuration);
    let start = |program: &Path| Process::start(sandbox.command(program).arg("-D").env("SLURM_CONF", &file));
    let mut controller = start(&controller);
    controller.wait_until(|| is_open(port));
    let _daemon = start(&daemon);
    let state = || sandbox.run(&sinfo).args(["-h", "-o", "%t"]).env("SLURM_CONF", &file).transcript().line();
    controller.wait_until(|| state() == "idle");

    let list =
        ["one/a", "two/b b.git", "three/c.git"].map(|name| format!("{}\n", sandbox.path(name).display()));
    sandbox.write("list", list.concat());
    let run = sandbox
        .run(sbatch)
        .env("SLURM_CONF", &file)
        .args(["--wait", "--array=1-3", "--cpus-per-task=1", "--output=said.%a"])
        .arg(recipe("slurm.sh"))
        .args(["list", "results", "--no-git-config"])
        .ok();
    run.says("Submitted batch job");
    let report = sandbox.run("sh").args(["-c", "git-gate fleet report results/*.jsonl"]).ends_with(1);
    assert_eq!(report.stdout().to_str_lossy(), whole(&sandbox, &["--no-git-config"]));
    // A task that cannot decide fails.
    sandbox.write("list", "no/such/repository\n");
    let failed = ["--wait", "--array=1-1", "--cpus-per-task=1", "--output=said.%a"];
    let run = sandbox
        .run("sbatch")
        .env("SLURM_CONF", &file)
        .args(failed)
        .arg(recipe("slurm.sh"))
        .args(["list", "other"]);
    run.ends_with(2);
}

/// Returns the value at the end of a path of keys and indices.
fn at<'v>(value: &'v Value, path: &str) -> &'v Value {
    path.split('.').fold(value, |value, key| match key.parse::<usize>() {
        Ok(index) => &value[index],
        Err(_) => &value[key],
    })
}

#[test]
fn pods_of_kubernetes_are_the_shards() {
    let manifest: Value = serde_yaml::from_slice(&std::fs::read(recipe("kubernetes.yml")).unwrap()).unwrap();
    let container = at(&manifest, "spec.template.spec.containers.0");
    let shards = at(&manifest, "spec.completions").as_u64().unwrap();
    assert_eq!(at(container, "env.0.value").as_str().unwrap(), shards.to_string());
    assert_eq!(at(container, "command.0").as_str(), Some("/bin/sh"));
    // Each pod runs this script. Here the mount points are folders.
    let sandbox = Sandbox::new();
    disks(&sandbox);
    std::fs::create_dir(sandbox.path("results")).unwrap();
    std::fs::create_dir(sandbox.path("repositories")).unwrap();
    for name in ["one", "two", "three"] {
        std::fs::rename(sandbox.path(name), sandbox.path("repositories").join(name)).unwrap();
    }
    let script = at(container, "args.0").as_str().unwrap().replace(" /repositories", " repositories");
    let script = script.replace("\"/results/", "\"results/");
    for index in 0..shards {
        let pod = sandbox.run("sh").args([at(container, "command.1").as_str().unwrap(), &script]);
        pod.env("JOB_COMPLETION_INDEX", index.to_string()).env("SHARDS", shards.to_string()).ok();
    }
    let run = sandbox.run("sh").args(["-c", "git-gate fleet report results/*.jsonl"]).ends_with(1);
    run.says("in 3 repositories").never_says("undecided");
}

#[test]
fn manifest_of_kubernetes_is_valid() {
    let what = "the schema of install/fleet/kubernetes.yml";
    let Some([validate]) = programs(what, ["kubernetes-validate"]) else { return };
    let sandbox = Sandbox::new();
    sandbox.run(&validate).arg("--strict").arg(recipe("kubernetes.yml")).ok();
    let text = std::fs::read_to_string(recipe("kubernetes.yml")).unwrap();
    sandbox.write("wrong.yml", text.replace("completionMode", "completionMod"));
    sandbox.run(&validate).args(["--strict", "wrong.yml"]).ends_with(1);
}
