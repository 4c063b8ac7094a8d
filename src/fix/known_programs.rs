//! Programs that push nothing: without a list of permissions, a job that runs any other one may push.

use super::pushing_actions::{RUNNERS, STARTERS};
use crate::workflow::{Node, ShellCommand};

/// Words of shells that run nothing themselves, and programs that come with systems.
const OF_SYSTEM: &str = "\
. : [ [[ ]] alias ar arch awk base64 basename bash bc break bunzip2 bzip2 case cat cd chgrp
chmod chown chsh cksum cmp column comm continue cp curl cut dash date dd declare df diff dirname
dirs disown done du echo egrep esac exit export expr false fgrep fi file find fold for free gawk
getconf getopts gpg grep groups gunzip gzip head hexdump hostname iconv id in install ip join
jobs jq kill killall ldconfig ldd less let ln local locale locale-gen ls lsb_release lscpu lsof
mapfile md5sum mkdir mkfifo mktemp modprobe more mount mv nc nl nproc od openssl paste patch
pgrep ping pkill popd printenv printf ps pushd pwd read readarray readlink readonly realpath
return rev rm rmdir sed seq service set sh sha1sum sha256sum sha512sum shasum shift shopt shuf
sleep sort source split stat strings strip stty sw_vers sync sysctl systemctl tac tail tar tee
test touch tr trap tree true truncate type ulimit umask umount uname uniq unset unxz unzip
update-alternatives uptime useradd usermod wait wc wget which whoami xcode-select xxd xz yes yq
zcat zip zsh zstd } )";

/// Managers of packages, compilers, and programs that test or check. Source: their documentation.
const OF_BUILDS: &str = "\
actionlint addlicense apk apt apt-cache apt-get apt-mark autoconf autoreconf ava aws az bandit
bats biome black brew buf bundler c8 cabal cc ccache choco clang clang++ clang-format clang-tidy
cmake codecov codespell conan conda corepack cosign coverage cppcheck crane cross ctest
cypress dart dnf dpkg dpkg-query dune editorconfig-checker esbuild eslint flake8 flutter g++ gcc
gcov gcloud gem ghc gofmt gofumpt goimports golangci-lint gosec gotestsum govulncheck grcov
grype hadolint helm isort java javac jest k3d kind ko kubectl kubeconform kustomize lcov
llvm-cov lychee markdownlint markdownlint-cli2 mdbook meson micromamba minikube mocha msbuild
mypy ninja node nuget nvm nyc opam oras pacman perl php phpunit pip pip3 playwright prettier
protoc pylint pyright pytest rollup rpm rspec rubocop ruby ruff rustc rustfmt rustup sccache
shellcheck shfmt skopeo snap sphinx-build standard staticcheck stylelint swift syft taplo tinygo
tofu terraform trivy tsc tsup turbo twine typos valgrind vite vitest vulture webpack wasm-pack
xcodebuild xcrun xvfb-run yamllint yum zig zizmor zypper";

/// Programs that push nothing with one of these words, and run the code of others with some other word.
const WITH_WORDS: &[(&str, &str)] = &[
    ("bazel", "build test query cquery info version fetch clean coverage shutdown"),
    ("bazelisk", "build test query cquery info version fetch clean coverage shutdown"),
    (
        "cargo",
        "+nightly +stable add audit b bench binstall build c check clean clippy deny doc \
         fetch fmt generate-lockfile hack install llvm-cov locate-project login machete \
         metadata miri nextest outdated package pkgid publish rustc rustdoc semver-checks \
         sort t tarpaulin test tree udeps update vendor version vet zigbuild --version -V",
    ),
    (
        "composer",
        "audit check-platform-reqs clear-cache config create-project dump-autoload \
         install normalize outdated remove require self-update show update validate \
         --version -V",
    ),
    (
        "docker",
        "bake build buildx context cp create image images info inspect load login logout \
         logs manifest network port ps pull push rm rmi save stop system tag version \
         volume",
    ),
    ("dotnet", "build clean format nuget pack publish restore test vstest --info --version"),
    (
        "git",
        "add am annotate apply archive bisect blame branch bundle cat-file check-attr check-ignore check-ref-format \
         checkout checkout-index cherry cherry-pick clean clone column commit commit-graph commit-tree config count-objects \
         credential describe diff diff-files diff-index diff-tree difftool fast-export fast-import fetch for-each-ref \
         format-patch fsck gc grep hash-object help index-pack init interpret-trailers lfs log ls-files ls-remote ls-tree \
         maintenance merge merge-base merge-file merge-tree mktag mktree mv name-rev notes pack-objects pack-refs \
         prune pull range-diff read-tree rebase reflog remote repack replace request-pull rerere reset restore rev-list \
         rev-parse revert rm shortlog show show-ref sparse-checkout stage stash status stripspace submodule subtree \
         switch symbolic-ref tag unpack-objects update-index update-ref update-server-info var verify-commit \
         verify-pack verify-tag version whatchanged worktree write-tree --version --exec-path --help",
    ),
    ("go", "build clean doc env fix fmt get install list mod telemetry test tool version vet work"),
    ("nix", "build eval flake fmt hash path-info show-config store"),
    ("podman", "build images info inspect load login logs ps pull push rm save tag"),
];

/// Programs whose commands are looked at by name: those that push are in the tables of pushes.
const BY_NAME: &[&str] = &["gh", "gradle", "gradlew", "lerna", "mvn", "mvnd", "mvnw", "sbt"];

/// Returns the first program of a script that is not known to push nothing. `env` has the variables of its step.
pub(super) fn first_unknown(commands: &[ShellCommand], script: &str, env: Option<&Node>) -> Option<String> {
    let is_own = |program: &str| {
        let forms = [format!("{program}()"), format!("{program} ()"), format!("function {program}")];
        forms.iter().any(|form| script.contains(form))
            || program.strip_prefix('$').is_some_and(|name| env.is_some_and(|env| env.get(name).is_some()))
    };
    commands.iter().filter_map(unknown_program).find(|program| !is_own(program))
}

/// Options of `sudo`, `env`, `xargs` and `exec` that have a value, which may look like a program.
const WITH_VALUE: &[&str] = &["-C", "-I", "-U", "-a", "-d", "-g", "-u", "--group", "--user"];

/// Returns the program of a command if it is not known to push nothing.
fn unknown_program(command: &ShellCommand) -> Option<String> {
    let is_value = |word: &str| {
        let mut pairs = command.words.windows(2);
        pairs.any(
            |pair| matches!(pair, [option, value] if value == word && WITH_VALUE.contains(&option.as_str())),
        )
    };
    let first = command.programs().find(|word| !is_value(word)).or_else(|| command.programs().next())?;
    (!is_harmless(first, &command.words)).then(|| first.to_owned())
}

fn is_harmless(program: &str, words: &[String]) -> bool {
    // A path of the repository is followed, or noted as not found.
    let is_path = program.starts_with("./") || program.contains("/") && program.ends_with(".sh");
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    let is_python =
        name.strip_prefix("python").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'));
    let by_word = || {
        let (_, listed) = WITH_WORDS.iter().find(|(program, _)| *program == name)?;
        let is_setting = |at: usize| {
            at.checked_sub(1)
                .and_then(|at| words.get(at))
                .is_some_and(|option| ["-C", "-c"].contains(&&**option))
        };
        let after = words.iter().enumerate().skip_while(|(_, word)| *word != program).skip(1);
        let after = after.filter(|(at, _)| name != "git" || !is_setting(*at)).map(|(_, word)| word);
        let mut after = after.filter(|word| !word.starts_with('-') || is_in(listed, word));
        // `docker compose build` has two words.
        Some(after.next().is_some_and(|word| is_in(listed, word) || word.starts_with('+')))
    };
    let by_started = || {
        let is_starter = STARTERS.contains(&name) && !is_python;
        is_starter.then(|| {
            let mut rest = words
                .iter()
                .skip_while(|word| *word != program)
                .skip(1)
                .filter(|word| !word.starts_with('-'));
            let word = rest.next().map_or("", String::as_str);
            let word = if ["run", "exec", "x", "dlx"].contains(&word) && !RUNS_SCRIPTS.contains(&name) {
                rest.next().map_or("", String::as_str)
            } else {
                word
            };
            let bare = word.split('@').next().unwrap_or(word);
            RUNS_SCRIPTS.contains(&name)
                || MANAGING.contains(&word)
                || is_harmless(bare, words)
                || SCRIPT_ENDS.iter().any(|end| word.ends_with(end))
        })
    };
    is_path
        || is_python
        || is_in(OF_SYSTEM, name)
        || is_in(OF_BUILDS, name)
        || BY_NAME.contains(&name)
        || by_word().or_else(by_started).unwrap_or_else(|| RUNNERS.iter().any(|(runner, _)| *runner == name))
}

/// Returns whether a name is in a list of words.
fn is_in(list: &str, name: &str) -> bool {
    list.split_ascii_whitespace().any(|listed| listed == name)
}

/// Programs whose words name scripts of a file that is followed.
const RUNS_SCRIPTS: &[&str] = &["bun", "npm", "pnpm", "yarn"];

/// Words with which managers of packages manage them.
const MANAGING: &[&str] = &[
    "", "add", "build", "cache", "check", "config", "dist", "env", "export", "install", "list", "lock",
    "pip", "publish", "python", "self", "show", "sync", "tool", "update", "venv", "version",
];

/// Ends of scripts, which are followed.
const SCRIPT_ENDS: &[&str] = &[".py", ".js", ".ts", ".mjs", ".sh", ".rb"];

#[cfg(test)]
mod tests {
    use super::unknown_program;
    use crate::workflow::commands;

    #[test]
    fn only_programs_that_push_nothing_are_known() {
        for (script, expected) in [
            ("bazel run :push", Some("bazel")),
            ("bazel test //...", None),
            ("nix run .#release", Some("nix")),
            ("nix develop -c x", Some("nix")),
            ("nix build .#x", None),
            ("nix-shell --run x", Some("nix-shell")),
            ("docker run --rm -v $PWD:/w image push", Some("docker")),
            ("docker --debug build .", None),
            ("docker compose up", Some("docker")),
            ("sudo -E docker push x", None),
            ("releaser --push", Some("releaser")),
            ("sudo -u me releaser", Some("releaser")),
            ("sudo -u node releaser", Some("releaser")),
            ("sudo -u root docker push x", None),
            ("sudo -E releaser node", Some("releaser")),
            ("sudo -u releaser", Some("releaser")),
            ("xargs -I {} rm {}", None),
            ("xargs -r -n 1 rm", None),
            ("composer install", None),
            ("composer run release", Some("composer")),
            ("composer release", Some("composer")),
            ("timeout 5m releaser", Some("releaser")),
            ("$TOOL x", Some("$TOOL")),
            ("bin/releaser", Some("bin/releaser")),
            ("npx np", Some("npx")),
            ("npx eslint .", None),
            ("npx --yes prettier@3 .", None),
            ("npm ci", None),
            ("uv run pytest", None),
            ("uv run towncrier-release", Some("uv")),
            ("uv sync --locked", None),
            ("poetry run python x.py", None),
            ("cargo nextest run", None),
            ("cargo +nightly fmt", None),
            ("cargo dist-release", Some("cargo")),
            ("dotnet test", None),
            ("dotnet tool run x", Some("dotnet")),
            ("/usr/bin/python3.12 x.py", None),
            ("make x", None),
            ("A=b", None),
            ("if [ -f x ]; then", None),
            ("git status", None),
            ("./x.sh", None),
        ] {
            let found = commands(script).iter().find_map(unknown_program);
            assert_eq!(found.as_deref(), expected, "{script}");
        }
    }
}
