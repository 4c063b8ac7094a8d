//! git http-backend behind two HTTP servers that require a name and a password.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::machine::{Ids, Process, free_port, is_open, programs, share};
use super::{Host, holds};
use crate::support::{Sandbox, not_tested};

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
    /// Folder of the programs of git. The servers pass it on, so that their git is the one of the tests.
    programs: String,
}

impl<'s> Site<'s> {
    fn new(sandbox: &'s Sandbox) -> Self {
        Self::believing(sandbox, Some("REMOTE_USER"))
    }

    /// Creates a site whose policy names a variable for the pusher, or none.
    fn believing(sandbox: &'s Sandbox, variable: Option<&str>) -> Self {
        let shared = share(sandbox);
        let server = sandbox.init_bare("srv/repos/app.git");
        server.git(["config", "receive.advertisePushOptions", "true"]).ok();
        server.write("git-gate.yml", policy(sandbox, variable));
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
        assert!(install(&["--status"]).contains("app.git: guarded"));
        let programs = sandbox.run("git").arg("--exec-path").ok().line();
        Self { sandbox, ids, port: free_port(), programs }
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

/// Returns a policy that lets `ana` bypass the gate. `variable` names the pusher.
fn policy(sandbox: &Sandbox, variable: Option<&str>) -> String {
    let pusher = variable.map_or_else(String::new, |name| format!("pusher: {{variable: {name}}}, "));
    let log = log(sandbox);
    format!("server: {{type: http, {pusher}bypass: {{users: [ana]}}, audit-log: {}}}\n", log.display())
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
alias.url = ("/git" => "{programs}/git-http-backend")
cgi.assign = ("" => "")
setenv.set-environment = ("GIT_PROJECT_ROOT" => "{repos}", "GIT_HTTP_EXPORT_ALL" => "1", "GIT_EXEC_PATH" => "{programs}")
auth.backend = "plain"
auth.backend.plain.userfile = "{run}/users"
auth.require = ("" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
"#,
        repos = site.path("repos"),
        run = site.path("run"),
        port = site.port,
        programs = site.programs,
    );
    let mut command = site.command(&lighttpd, "-f", &configuration);
    let server = Process::start(command.arg("-D"));
    site.serves(vec![server], password);
}

/// Starts nginx and fcgiwrap. `location` are directives for the repositories, `servers` are further servers.
fn nginx(site: &Site<'_>, [nginx, fcgiwrap]: &[PathBuf; 2], location: &str, servers: &str) -> Vec<Process> {
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
  {servers}
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 0;
    location = /auth {{ internal; proxy_pass http://unix:{run}/auth; proxy_pass_request_body off; proxy_set_header Content-Length ""; }}
    location ~ /git(/.*) {{
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param SERVER_PROTOCOL $server_protocol;
      fastcgi_param REMOTE_ADDR $remote_addr;
      fastcgi_param PATH_INFO $1;
      fastcgi_param SCRIPT_FILENAME {programs}/git-http-backend;
      fastcgi_param GIT_EXEC_PATH {programs};
      fastcgi_param GIT_PROJECT_ROOT {repos};
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      {location}
      fastcgi_read_timeout 300s;
      fastcgi_pass unix:{run}/socket;
    }}
  }}
}}
"#,
        repos = site.path("repos"),
        run = site.path("run"),
        port = site.port,
        programs = site.programs,
    );
    let socket = PathBuf::from(site.path("run/socket"));
    let mut command = site.ids.command(site.sandbox, fcgiwrap);
    command.args(["-f", "-c", "8", "-s"]).arg(format!("unix:{}", socket.display()));
    let mut backend = Process::start(&mut command);
    backend.wait_until(|| socket.exists());
    let mut command = site.command(nginx, "-c", &configuration);
    command.args(["-p", &site.path("run"), "-e", &site.path("run/start.log")]);
    vec![backend, Process::start(&mut command)]
}

#[test]
fn http_backend_behind_nginx_passes_all_server_checks() {
    let Some(programs) = programs("git http-backend behind nginx", ["nginx", "fcgiwrap"]) else { return };
    let sandbox = Sandbox::new();
    let site = Site::new(&sandbox);
    let password = password();
    sandbox.write("srv/run/users", format!("ana:{{PLAIN}}{password}\nbob:{{PLAIN}}{password}\n"));
    let location = format!(
        "auth_basic git; auth_basic_user_file {}; fastcgi_param REMOTE_USER $remote_user;",
        site.path("run/users")
    );
    let processes = nginx(&site, &programs, &location, "");
    site.serves(processes, password);
}

#[test]
fn claimed_name_behind_auth_request_gets_no_bypass() {
    let what = "nginx with auth_request";
    let Some(programs) = programs(what, ["nginx", "fcgiwrap"]) else { return };
    let sandbox = Sandbox::new();
    let site = Site::believing(&sandbox, None);
    // The service knows two tokens, and answers with the name of the user. It ignores `Authorization`.
    let service = format!(
        r#"map $http_x_token $user {{ default ""; token-of-eve eve; token-of-ana ana; }}
  server {{
    listen unix:{run}/auth;
    location / {{ if ($user = "") {{ return 401; }} add_header X-User $user; return 204; }}
  }}"#,
        run = site.path("run"),
    );
    // The list of nginx itself sets REMOTE_USER like this.
    let location = "auth_request /auth; auth_request_set $pusher $upstream_http_x_user; \
         fastcgi_param REMOTE_USER $remote_user; fastcgi_param GATE_USER $pusher;";
    let mut processes = nginx(&site, &programs, location, &service);
    let port = site.port;
    processes.last_mut().unwrap().wait_until(|| is_open(port));
    let client = sandbox.init("client");
    client.commit_message("docs: unsigned\n");
    let claim = data_encoding::BASE64.encode(b"ana:anything");
    let push = |token: &str| {
        let headers = [format!("X-Token: {token}"), format!("Authorization: Basic {claim}")];
        let headers = headers.map(|header| format!("http.extraHeader={header}"));
        let push = ["push", "-q", "-o", "git-gate.bypass=because"];
        let options = ["-c", &headers[0], "-c", &headers[1]].into_iter().chain(push);
        let url = format!("http://127.0.0.1:{port}/git/app.git");
        client.git(options).args([&url, "HEAD:refs/heads/main"]).transcript()
    };
    push("none").says("could not read Username");
    push("token-of-eve").says("the policy does not name the variable").says("pre-receive hook declined");
    let server = crate::support::Repo::at(&sandbox, sandbox.path("srv/repos/app.git"));
    server.write("git-gate.yml", policy(&sandbox, Some("GATE_USER")));
    push("token-of-eve").says("`eve` is not listed").says("pre-receive hook declined");
    let granted = push("token-of-ana");
    assert_eq!(granted.says("bypassed by `ana`").status(), Some(0), "{granted}");
    drop(processes);
}

#[test]
fn http_backend_behind_apache_passes_all_server_checks() {
    let what = "git http-backend behind Apache";
    let Some([apache]) = programs(what, ["apache2"]) else { return };
    let modules = Path::new("/usr/lib/apache2/modules");
    if !modules.join("mod_cgid.so").is_file() {
        return not_tested(what, "the modules of Apache in /usr/lib/apache2/modules");
    }
    let sandbox = Sandbox::new();
    let site = Site::new(&sandbox);
    let password = password();
    let hash = data_encoding::BASE64.encode(&sha1(&sandbox, &password));
    sandbox.write("srv/run/users", format!("ana:{{SHA}}{hash}\nbob:{{SHA}}{hash}\n"));
    let load = [
        "mpm_event",
        "authn_core",
        "authn_file",
        "authz_core",
        "authz_user",
        "auth_basic",
        "alias",
        "cgid",
        "env",
    ];
    let load: String =
        load.map(|name| format!("LoadModule {name}_module {}/mod_{name}.so\n", modules.display())).concat();
    let configuration = format!(
        r#"
{load}
ServerName localhost
ServerRoot {run}
DefaultRuntimeDir {run}
PidFile {run}/apache.pid
ErrorLog {run}/error.log
ScriptSock {run}/cgid.sock
Listen 127.0.0.1:{port}
DocumentRoot {repos}
SetEnv GIT_PROJECT_ROOT {repos}
SetEnv GIT_HTTP_EXPORT_ALL 1
SetEnv GIT_EXEC_PATH {programs}
ScriptAlias /git/ {programs}/git-http-backend/
<Location /git/>
  AuthType Basic
  AuthName git
  AuthUserFile {run}/users
  Require valid-user
</Location>
"#,
        repos = site.path("repos"),
        run = site.path("run"),
        port = site.port,
        programs = site.programs,
    );
    let mut command = site.command(&apache, "-f", &configuration);
    let server = Process::start(command.args(["-D", "FOREGROUND"]));
    site.serves(vec![server], password);
}

/// Returns the SHA-1 of a text, the form of a password that Apache reads without a program of its own.
fn sha1(sandbox: &Sandbox, text: &str) -> Vec<u8> {
    let digest = sandbox.run("sha1sum").stdin(text).ok().line();
    data_encoding::HEXLOWER.decode(&digest.as_bytes()[..40]).unwrap()
}
