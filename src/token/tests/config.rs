//! Test files in the formats of git config, netrc, cookies and similar, with the lines that hold a
//! credential.

/// Path and content of files, with all lines at which `token-in-git-config` must report a credential.
pub(super) const CONFIG: &[(&str, &str, &[u32])] = &[
    // Headers.
    ("a/.gitconfig", "[http]\nextraheader = Authorization: Bearer {jwt}\n", &[2]),
    ("a/.gitconfig", "[http]\nextraheader = Authorization: token {ghp}\n", &[2]),
    ("a/.gitconfig", "[http]\nextraheader = authorization:basic {b64-bare}\n", &[2]),
    ("a/.gitconfig", "[http]\nextraheader = AUTHORIZATION: Basic {b64-ado}\n", &[2]),
    ("a/.gitconfig", "[http]\nextraheader = JOB-TOKEN: {glpat}\n", &[2]),
    ("a/.gitconfig", "[http]\nextraheader = Cookie: _gitlab_session={hex32}; theme=dark\n", &[2]),
    ("a/.gitconfig", "[http]\nextraheader = X-Api-Key: {pw}\n", &[2]),
    (
        "a/.gitconfig",
        "[http]\nextraheader = Accept-Language: en\nextraheader = X-Trace: 0af7651916cd43dd8448eb211c80319c\n",
        &[],
    ),
    ("a/.gitconfig", "[http]\nextraheader = AUTHORIZATION: \\\nbasic {b64}\n", &[2]),
    ("a/.gitconfig", "[HTTP \"https://h/\"]\nExtraHeader={checkout}\n", &[2]),
    ("a/.gitconfig", "[http] extraheader = {checkout}\n", &[1]),
    (
        "a/.gitconfig",
        "[filter \"x\"]\nclean = openssl enc -aes-256-cbc -k {pw}\nsmudge = openssl enc -d -k $KEY\n",
        &[2],
    ),
    (
        "a/.gitconfig",
        "[alias]\na = !openssl x509 -in c && curl -k https://h.io/x\nb = !openssl rand 9 | kubectl apply -k overlays/prod\nc = !ssh -k host7.io $(openssl rand 9) -k host8.io\nd = !openssl enc -in 'a;b' -pass $(f; g) -k {pw} 2>&1\n",
        &[5],
    ),
    ("git/gitconfig.symlink", "[github]\nuser = jo\ntoken = {pw}\n", &[3]),
    (".gitconfig-work", "[github]\ntoken = {pw}\n", &[2]),
    (
        "a/.gitconfig",
        "[http]\nextraheader = Authorization: Bearer\nextraheader = Authorization: Basic\n",
        &[],
    ),
    ("a/.gitconfig", "[http]\nextraheader =\nextraheader = \"\"\n", &[]),
    // URLs.
    ("dotgit/config", "[remote \"o\"]\nurl = https://octo:{pw}x@y#z@h.io/a\n", &[2]),
    ("dotgit/config", "[remote \"o\"]\nurl = https://me:{pw}@[::1]:8080/a\n", &[2]),
    ("dotgit/config", "[remote \"o\"]\nurl = 'https://me:{pw}@h.io/a'\n", &[2]),
    ("dotgit/config", "[remote \"o\"]\nurl = https://me:{percent}@h.io/a\n", &[2]),
    ("dotgit/config", "[remote \"o\"]\nurl = https://{ghs-jwt}@h.io/a\n", &[2]),
    ("dotgit/config", "[remote \"o\"]\nurl = https://{hex}:x-oauth-basic@h.io/a\n", &[2]),
    ("dotgit/config", "[remote \"o\"]\nurl = https://{ghp}:@h.io/a\n", &[2]),
    ("dotgit/config", "[remote \"o\"]\nurl = https://oauth2:{routable}@h.io/a\n", &[2]),
    ("dotgit/config", "[remote \"o\"]\nurl = https://x-token-auth:{atctt}@h.io/a\n", &[2]),
    ("dotgit/config", "[remote \"o\"]\nurl = https://h.io/a.git?private_token={glpat}\n", &[2]),
    (
        "dotgit/config",
        "[remote \"o\"]\nurl = https://o@dev.azure.com/o/p\npushurl = https://{ado}@dev.azure.com/o/p\n",
        &[3],
    ),
    (
        "dotgit/config",
        "[branch \"m\"]\nremote = https://u:{pw}@h.io/a\npushRemote = https://u:{pw}@h.io/b\n",
        &[2, 3],
    ),
    (
        "dotgit/config",
        "[remote \"o\"]\nproxy = u:{pw}@proxy:8080\n[http]\nproxy = http://u:{pw}@proxy:8080\n",
        &[2, 4],
    ),
    (
        "dotgit/config",
        "[svn-remote \"s\"]\nurl = svn+ssh://u:{pw}@h.io/r\nuuid = 7e3a1f2c-0b4d-4e5f-8a9b-1c2d3e4f5a6b\n",
        &[2],
    ),
    (
        "dotgit/config",
        "[remote \"o\"]\nurl = file:///srv/a:b@c/d\nurl = git@h.io:a/b\nurl = ssh://git@h.io:22/a\nurl = https://jane.doe@h.io/a\n",
        &[],
    ),
    (
        "dotgit/config",
        "[remote \"o\"]\nurl = https://h.io/a:b@1.2.3/x\nurl = https://user:password@h.io/a\n",
        &[],
    ),
    (
        "dotgit/config",
        "[remote \"o\"]\nurl = https://u:$TOKEN@h.io/a\nurl = https://u:***@h.io/a\nurl = https://oauth2:@h.io\n",
        &[],
    ),
    (
        "dotgit/config",
        "[remote \"o\"]\nurl = https://user:hunter2@example.com/a\nurl = https://user:hunter2@h.io/a\n",
        &[3],
    ),
    (".gitmodules", "[submodule \"x\"]\n\tpath = x\n\turl = https://gitlab-ci-token:{glpat}@h.io/a\n", &[3]),
    (".lfsconfig", "[lfs]\n\turl = https://u:{pw}@h.io/a\n\tpushurl = https://h.io/a\n", &[2]),
    (
        "a/.gitconfig",
        "[fetch]\nbundleURI = https://u:{pw}@h.io/b\n[gitweb]\nurl = https://u:{pw}@h.io\n",
        &[2, 4],
    ),
    (
        "a/.gitconfig",
        "[url \"https://u:{pw}@h.io/\"]\ninsteadOf = h:\n[credential \"https://{ghp}@h.io\"]\nhelper = x\n",
        &[1, 3],
    ),
    ("a/.gitconfig", "[http \"https://u:{pw}@h.io/\"]\nsslVerify = false\n", &[1]),
    (
        "dotgit/config",
        "[remote \"o\"]\nurl = https://bot:x-oauth-basic@h.io/a\nurl = https://u:op%3A%2F%2Fvault%2Fitem@h.io/a\nurl = https://u:op://vault/item@h.io/a\nurl = https://h.io/a?token=op://vault/item/field\nurl = https://{pw}:x-oauth-basic@h.io/a\nurl = https://plainwords:x-oauth-basic@h.io/a\n",
        &[6, 7],
    ),
    // Helpers and commands.
    ("a/.gitconfig", "[credential]\nhelper = \"!printf 'username=x\\\\npassword={pw}\\\\n'\"\n", &[2]),
    (
        "a/.gitconfig",
        "[credential]\nhelper = \"!f() { echo password=$TOKEN; }; f\"\nhelper = !f() { echo \\\"password=$(pass show x)\\\"; }; f\n",
        &[],
    ),
    ("a/.gitconfig", "[credential]\nhelper = \"!echo {b64-line} | base64 -d\"\n", &[2]),
    (
        "a/.gitconfig",
        "[credential]\nhelper = store --file ~/.creds\nhelper = cache --timeout 300\nhelper = manager\nusername = jdoe\n",
        &[],
    ),
    (
        "a/.gitconfig",
        "[credential]\nhelper = \"!AWS_SECRET_ACCESS_KEY={aws-key} aws codecommit credential-helper $@\"\n",
        &[2],
    ),
    ("a/.gitconfig", "[credential]\nusername = {ghp}\n", &[2]),
    (
        "a/.gitconfig",
        "[credential]\nhelper = \"!printf 'password=%s' '{pw}'\"\nhelper = \"!printf password={pw}\"\nhelper = \"!printf -- 'password=%s' {pw}\"\nhelper = \"!printf '%s=%s' password {pw}\"\nhelper = \"!printf '%s\\\\n' password={pw}\"\nhelper = \"!printf 'password=%b' {pw}\"\n",
        &[2, 3, 4, 5, 6, 7],
    ),
    (
        "a/.gitconfig",
        "[alias]\nx = !curl -H 'Authorization: Bearer {ghp}' https://h.io\ny = !git push https://u:{pw}@h.io/a\n",
        &[2, 3],
    ),
    (
        "a/.gitconfig",
        "[core]\nsshCommand = sshpass -p{pw} ssh\ngitProxy = /bin/p --password={pw}\n[lfs \"customtransfer.x\"]\nargs = --token {pw}\n",
        &[2, 3, 5],
    ),
    (
        "a/.gitconfig",
        "[credential]\nhelper = \"!printf 'username=%s\\\\npassword=%s\\\\n' bot {pw}\"\nhelper = \"!f() { printf \\\"password=%s\\\\n\\\" '{pw}'; }; f\"\nhelper = \"!printf 'password=%s' $TOKEN\"\n",
        &[2, 3],
    ),
    ("a/.gitconfig", "[credential]\nhelper = \"!echo password=$(echo {b64-pw} | base64 -d)\"\n", &[2]),
    (
        "a/.gitconfig",
        "[alias]\nx = !curl -u me:{pw} h\ny = !curl -u me:$PW h\nz = !curl -H 'PRIVATE-TOKEN: {pw}' h\nr = !docker run -u 1000:1000\n",
        &[2, 4],
    ),
    (
        "a/.gitconfig",
        "[filter \"x\"]\nclean = openssl enc -pass pass:{pw}\nsmudge = openssl enc -pass env:PW\n[diff \"g\"]\ntextconv = gpg --passphrase {pw} -d\n",
        &[2, 5],
    ),
    // Keys.
    (
        "a/.gitconfig",
        "[gui]\nstorePassword = true\n[azure]\npat = {hex}\n[my]\nx_token = {pw}\n[http]\nextraheader = X-JFrog-Art-Api: {pw}\n",
        &[4, 6, 8],
    ),
    ("a/.gitconfig", "[alias]\np = !curl -H 'Authorization: token $TOKEN' https://h.io\n", &[]),
    (
        "a/.gitconfig",
        "[remote \"o\"]\nurl = https://me:yourtoken@h.io\nurl = https://me:%(token)s@h.io\n",
        &[],
    ),
    (
        "a/.gitconfig",
        "[credential]\nusername = acme-glcbt-{jwt}\n[http]\nextraheader = Authorization: basic {b64-user}\n",
        &[2, 4],
    ),
    (
        "a/.gitconfig",
        "[sendemail]\nsmtpPass = {words}\n[sendemail \"work\"]\nsmtppass = hunter22\nsmtpuser = me\nsmtpserver = s.io\n",
        &[2, 4],
    ),
    (
        "a/.gitconfig",
        "[sendemail]\nsmtpPass = password\nsmtpPass = ${SMTP}\n[core]\naskPass = /usr/bin/askpass\n",
        &[],
    ),
    (
        "a/.gitconfig",
        "[github]\nuser = me\ntoken = {hex}\n[hub]\noauthtoken = {gho}\n[gitlab \"gitlab.io\"]\ntoken = {glpat}\n",
        &[3, 5, 7],
    ),
    (
        "a/.gitconfig",
        "[github]\ntoken = !pass show github\n[gitlab]\ntoken = op://vault/item\ntoken = ~/.token\ntoken = vault:secret/x\n",
        &[],
    ),
    (
        "a/.gitconfig",
        "[git-town]\ngithub-token = {ghp}\n[bitbucket]\napp-password = {pw}\n[gitea]\ntoken = {hex}\n",
        &[2, 4, 6],
    ),
    (
        "a/.gitconfig",
        "[user]\nsigningkey = 6C5B1E0A9D8F7C3B2A190817263544536271809F\n[http]\npinnedPubkey = sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE=\n",
        &[],
    ),
    (
        "a/.gitconfig",
        "[secrets]\npatterns = (A3T[A-Z0-9]|AKIA|ASIA)[A-Z0-9]{16}\nallowed = AKIAIOSFODNN7EXAMPLE\npatterns = ghp_[A-Za-z0-9]{36}\n",
        &[],
    ),
    ("srv/repo.git/config", "[receive]\ncertNonceSeed = {hex32}\n", &[2]),
    // Comments, broken lines, encodings.
    (
        "dotgit/config",
        "[remote \"o\"]\nurl = https://u:ab#x9K%q@h.io/a\nurl = https://u:ab;x9K@h.io/a\n",
        &[2, 3],
    ),
    ("dotgit/config", "[remote \"o\"]\nurl = https://h.io/a#b@c\nurl = https://h.io/a # see me@h.io\n", &[]),
    ("a/.gitconfig", "# was https://u:{pw}@h.io/a\n;[github]\n; token = {hex}\n", &[1, 3]),
    (
        "a/.gitconfig",
        "[remote \"o\"]\n<<<<<<< ours\nurl = https://u:{pw}@h.io/a\n=======\nurl = https://u:{pw}@h.io/b\n>>>>>>> theirs\n",
        &[3, 5],
    ),
    ("a/.gitconfig", "[remote \"o\"]\nurl = \"https://u:{pw}@h.io/a\n[core]\nbare = false\n", &[2]),
    ("a/.gitconfig", "[my_section]\nmy_key = {ghp}\nurl = https://u:{pw}@h.io/a\n", &[2, 3]),
    ("a/.gitconfig", "[remote \"o\"]\rurl = https://u:{pw}@h.io/a\r", &[1]),
    // Other formats.
    (
        ".netrc",
        "machine h.io login me password {pw}\nmachine x.io\n  login me\n  password\n  {pw}\n",
        &[1, 5],
    ),
    (
        ".netrc",
        "machine h.io login me password \"a b {pw}\"\n# machine x.io login me password {pw}\n",
        &[1, 2],
    ),
    (".netrc", "default login anonymous password me@h.io\nmachine h.io login me password ${X}\n", &[]),
    (
        "home/.config/git/credentials",
        "https://me:{pw}@h.io\nhttps://me@h.io\n\nhttps://USER:PASSWORD@h.io\n",
        &[1],
    ),
    (
        "x/cookies.txt",
        "# Netscape HTTP Cookie File\n.h.io\tTRUE\t/\tTRUE\t0\to\tgit-me=1//0{hex}{hex}\nh.io\tFALSE\t/\tFALSE\t0\ttheme\tdark\n",
        &[2],
    ),
    ("dotgit/FETCH_HEAD", "{hex}\t\tbranch 'main' of https://u:k9x2@h.io/a\n", &[1]),
    ("dotgit/logs/HEAD", "{hex} {hex} A <a@b> 1 +0000\tclone: from https://u:k9x2@h.io/a\n", &[1]),
    ("dotgit/config", "[remote \"o\"]\nurl = https://build-service-account-20240115@h.io/a\n", &[]),
    // Formats detected by content.
    (
        "bugreport/git-config.txt",
        "core.bare=false\nremote.origin.url=https://u:{pw}@h.io/a\nhttp.https://h.io/.extraheader={checkout}\n",
        &[2, 3],
    ),
    (
        "bugreport/out.txt",
        "file:.git/config\tremote.origin.url=https://u:{pw}@h.io/a\nlocal\tfile:.git/config\tsendemail.smtppass={pw}\n",
        &[1, 2],
    ),
    (
        "dump.bin",
        "core.bare\nfalse\u{0}remote.origin.url\nhttps://u:{pw}@h.io/a\u{0}sendemail.smtppass\n{pw}\u{0}",
        &[2, 3],
    ),
    (
        "ci/build.log",
        "2026-01-02T03:04:05.678Z [command]/usr/bin/git config --list\n2026-01-02T03:04:05.678Z http.https://h.io/.extraheader={checkout}\nok\n",
        &[2],
    ),
    ("env.txt", "GIT_CONFIG_COUNT=1\nGIT_CONFIG_KEY_0=sendemail.smtppass\nGIT_CONFIG_VALUE_0={pw}\n", &[3]),
    ("env.txt", "PATH=/bin\nGIT_CONFIG_PARAMETERS='http.extraheader'='{checkout}' 'a.b'='c'\n", &[2]),
    (
        "some/file",
        "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = https://u:k9x@h.io/a\n",
        &[4],
    ),
    (
        "notes.txt",
        "my config:\n\n[http \"https://h.io/\"]\n\textraheader = {checkout}\n\nthat is all\n",
        &[4],
    ),
    (
        "x.json",
        "{\n \"sendemail.smtppass\": \"{pw}\",\n \"remote.o.url\": \"https:\\/\\/u:k9x@h.io\"\n}\n",
        &[2, 3],
    ),
    ("home/netrc.bak", "machine h.io\nlogin me\npassword {pw}\n", &[3]),
    ("home/netrc.old", "# mine\nmachine\th.io\tlogin\tme\tpassword\t{pw}\n", &[2]),
    (
        "jar",
        "h.io\tFALSE\t/a\tTRUE\t0\tsession\t{hex32}\n# h.io\tFALSE\t/\tTRUE\t0\tsession\t{hex32}\n",
        &[1, 2],
    ),
    (
        "out.log",
        "core.bare false\nremote.o.fetch +refs/heads/*:refs/remotes/o/*\nsendemail.smtppass hunter22\nuser.password hunter22\n",
        &[3, 4],
    ),
    ("out.log", "core.bare=false\ncore.filemode=true\nmy.log=x\nuser.password=hunter22\n", &[4]),
    ("lib/.gitrepo", "[subrepo]\n\tremote = https://ci:hunter2x@h.io/lib.git\n\tbranch = main\n", &[2]),
    ("dump", "core.bare=false\nurl.https://bot:kvtwq@h.io/.insteadof=https://h.io/\n", &[2]),
    ("memory", "\u{1}ELF\u{0}\u{0}[remote \"o\"]\n\turl = https://u:kvtwq@h.io/a\n\u{0}\u{0}", &[2]),
    ("x.json", "{\"core.bare\":\"false\",\"sendemail.smtppass\":\"{pw}\",\"a\":1}\n", &[1]),
    ("ci/build.log", "\u{1b}[36;1msendemail.smtppass={pw}\u{1b}[0m\n", &[1]),
    ("env.txt", "GIT_CONFIG_PARAMETERS=''\\''sendemail.smtppass'\\''='\\''{pw}'\\'''\n", &[1]),
    ("creds", "https://me:{pw}@h.io\nhttps://you:{pw}@x.io\n", &[1, 2]),
];
