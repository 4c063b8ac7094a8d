//! git http-backend behind two HTTP servers that require a name and a password.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::machine::{Ids, Process, free_port, is_open, programs, share};
use super::{Host, holds};
use crate::support::Sandbox;

/// HTTP server and its processes, which run without HOME, and as `nobody` if the tests run as root.
struct Http {
    port: u16,
    password: String,
    _processes: Vec<Process>,
}

impl Host for Http {
    fn url(&self, user: &str) -> String {
        format!("http://{user}:{}@127.0.0.1:{}/git/app.git", self.password, self.port)
    }
}

/// Folder of a server with a guarded repository, before the server is started.
struct Site<'s> {
    sandbox: &'s Sandbox,
    ids: Ids,
    port: u16,
    backend: String,
}

impl<'s> Site<'s> {
    fn new(sandbox: &'s Sandbox) -> Self {
        let shared = share(sandbox);
        let server = sandbox.init_bare("srv/repos/app.git");
        server.git(["config", "receive.advertisePushOptions", "true"]).ok();
        let keys = format!(
            "type: http, pusher: {{variable: REMOTE_USER}}, bypass: {{users: [ana]}}, audit-log: {}",
            log(sandbox).display()
        );
        server.write("git-gate.yml", format!("server: {{{keys}}}\n"));
        std::fs::create_dir_all(sandbox.path("srv/run")).unwrap();
        let ids = Ids::unprivileged();
        ids.own(sandbox, &sandbox.path("srv"));
        let install = |option: &[&str]| {
            let mut command = ids.command(sandbox, "sh");
            command.arg(shared.join("server.sh")).args(option).arg(sandbox.path("srv"));
            command.env("GIT_GATE", shared.join("git-gate"));
            ids.run(&mut command)
        };
        assert!(install(&[]).contains("app.git: installed"));
        assert!(install(&["--status"]).contains("app.git: refuses what it must"));
        let backend = sandbox.run("git").arg("--exec-path").ok().line() + "/git-http-backend";
        Self { sandbox, ids, port: free_port(), backend }
    }

    fn path(&self, name: &str) -> String {
        self.sandbox.path("srv").join(name).display().to_string()
    }

    /// Writes the configuration of a server to a file; returns the command of the server program.
    fn command(&self, program: &Path, option: &str, configuration: &str) -> Command {
        let file = self.sandbox.write("srv/run/server.conf", configuration);
        let mut command = self.ids.command(self.sandbox, program);
        command.arg(option).arg(file);
        command
    }

    fn serves(self, mut processes: Vec<Process>, password: String) {
        let port = self.port;
        processes.last_mut().unwrap().wait_until(|| is_open(port));
        let http = Http { port, password: password.clone(), _processes: processes };
        holds(self.sandbox, &http, &log(self.sandbox));
        let log = std::fs::read_to_string(log(self.sandbox)).unwrap();
        assert!(
            !log.contains(&password) && !log.contains("Basic "),
            "the log holds what the hook was trusted with"
        );
    }
}

fn log(sandbox: &Sandbox) -> PathBuf {
    sandbox.path("srv/audit.jsonl")
}

/// Returns a made-up password.
fn password() -> String {
    format!("pw{}x{}", std::process::id(), free_port())
}

#[test]
fn http_backend_behind_lighttpd_passes_all_server_checks() {
    let Some([lighttpd]) = programs("git http-backend behind lighttpd", ["lighttpd"]) else { return };
    let sandbox = Sandbox::new();
    let site = Site::new(&sandbox);
    let password = password();
    sandbox.write("srv/run/users", format!("ana:{password}\nbob:{password}\n"));
    let configuration = format!(
        r#"
server.document-root = "{repos}"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{run}/error.log"
server.modules = ("mod_auth", "mod_authn_file", "mod_alias", "mod_setenv", "mod_cgi")
alias.url = ("/git" => "{backend}")
cgi.assign = ("" => "")
setenv.set-environment = ("GIT_PROJECT_ROOT" => "{repos}", "GIT_HTTP_EXPORT_ALL" => "1")
auth.backend = "plain"
auth.backend.plain.userfile = "{run}/users"
auth.require = ("" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
"#,
        repos = site.path("repos"),
        run = site.path("run"),
        port = site.port,
        backend = site.backend,
    );
    let mut command = site.command(&lighttpd, "-f", &configuration);
    let server = Process::start(command.arg("-D"));
    site.serves(vec![server], password);
}

#[test]
fn http_backend_behind_nginx_passes_all_server_checks() {
    let Some([nginx, fcgiwrap]) = programs("git http-backend behind nginx", ["nginx", "fcgiwrap"]) else {
        return;
    };
    let sandbox = Sandbox::new();
    let site = Site::new(&sandbox);
    let password = password();
    sandbox.write("srv/run/users", format!("ana:{{PLAIN}}{password}\nbob:{{PLAIN}}{password}\n"));
    let configuration = format!(
        r#"
daemon off;
master_process off;
pid {run}/nginx.pid;
error_log {run}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {run}/body;
  proxy_temp_path {run}/proxy;
  fastcgi_temp_path {run}/fastcgi;
  uwsgi_temp_path {run}/uwsgi;
  scgi_temp_path {run}/scgi;
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 0;
    location ~ /git(/.*) {{
      auth_basic git;
      auth_basic_user_file {run}/users;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param SERVER_PROTOCOL $server_protocol;
      fastcgi_param REMOTE_ADDR $remote_addr;
      fastcgi_param REMOTE_USER $remote_user;
      fastcgi_param PATH_INFO $1;
      fastcgi_param SCRIPT_FILENAME {backend};
      fastcgi_param GIT_PROJECT_ROOT {repos};
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_read_timeout 300s;
      fastcgi_pass unix:{run}/socket;
    }}
  }}
}}
"#,
        repos = site.path("repos"),
        run = site.path("run"),
        port = site.port,
        backend = site.backend,
    );
    let socket = PathBuf::from(site.path("run/socket"));
    let mut command = site.ids.command(&sandbox, &fcgiwrap);
    command.args(["-f", "-c", "8", "-s"]).arg(format!("unix:{}", socket.display()));
    let mut backend = Process::start(&mut command);
    backend.wait_until(|| socket.exists());
    let mut command = site.command(&nginx, "-c", &configuration);
    command.args(["-p", &site.path("run"), "-e", &site.path("run/start.log")]);
    let server = Process::start(&mut command);
    site.serves(vec![backend, server], password);
}
