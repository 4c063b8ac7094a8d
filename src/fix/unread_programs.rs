//! Programs that run code of the repository, or plugins that it configures, and that nobody follows to it.

/// Modules of Python that come with it, or that many projects use to build and test, and that push nothing.
const MODULES: &[&str] = &[
    "black",
    "build",
    "cibuildwheel",
    "compileall",
    "coverage",
    "ensurepip",
    "flake8",
    "http.server",
    "isort",
    "json.tool",
    "mypy",
    "pip",
    "pipx",
    "pre_commit",
    "pylint",
    "pytest",
    "ruff",
    "site",
    "sphinx",
    "tox",
    "twine",
    "unittest",
    "uv",
    "venv",
    "virtualenv",
    "zipfile",
];

/// Tasks of the release plugins of Gradle, which tag and push.
const GRADLE_TASKS: &[&str] = &[
    "candidate",
    "createrelease",
    "final",
    "gitpublishpush",
    "pushrelease",
    "reckontagcreate",
    "reckontagpush",
    "release",
    "releasecheck",
];

/// Beginnings of the goals of Maven plugins that commit, tag and push.
const MAVEN_GOALS: &[&str] = &["gitflow:", "jgitflow:", "release:", "scm:", "versions:commit"];

/// Tools that come with Go.
const GO_TOOLS: &[&str] = &["compile", "covdata", "cover", "dist", "pprof", "test2json", "trace", "vet"];

/// Returns the part of a command that starts such code; `None` if nothing does.
pub(super) fn unread_program(words: &[String]) -> Option<String> {
    let at = words.iter().position(|word| program(word).is_some_and(|program| is_known(&program)))?;
    let found = program(words.get(at)?)?;
    let rest = words.get(at + 1..)?;
    let word = match found.as_str() {
        "cargo" => subcommand(rest).filter(|word| ["make", "run", "xtask"].contains(&word.as_str())),
        "go" => subcommand(rest).filter(|word| {
            let runs_tool = || !rest.iter().any(|word| GO_TOOLS.contains(&word.as_str()));
            ["generate", "run"].contains(&word.as_str()) || *word == "tool" && runs_tool()
        }),
        "sbt" => rest.iter().find(|word| word.contains("release")),
        "gradle" | "gradlew" => rest.iter().find(|word| {
            let task = word.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
            GRADLE_TASKS.contains(&task.as_str())
        }),
        "mvn" | "mvnd" | "mvnw" => rest.iter().find(|word| {
            let is_goal = |goal: &&str| word.starts_with(*goal);
            MAVEN_GOALS.iter().any(is_goal) || word.contains("-release-plugin:")
        }),
        _ => {
            let module = rest.iter().skip_while(|word| *word != "-m").nth(1)?;
            let is_harmless = |known: &&str| {
                module.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            return (!MODULES.iter().any(is_harmless)).then(|| format!("{found} -m {module}"));
        }
    };
    word.map(|word| format!("{found} {word}"))
}

/// Returns the first word that is neither an option nor a toolchain.
fn subcommand(words: &[String]) -> Option<&String> {
    words.iter().find(|word| !word.starts_with(['-', '+']))
}

/// Returns the name of the program that a word of a command may be.
fn program(word: &str) -> Option<String> {
    let name = word.rsplit(['/', '\\']).next()?.trim_end_matches(".cmd").trim_end_matches(".bat");
    Some(name.to_owned())
}

fn is_known(program: &str) -> bool {
    ["cargo", "go", "sbt", "gradle", "gradlew", "mvn", "mvnd", "mvnw", "py"].contains(&program)
        || program
            .strip_prefix("python")
            .is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

#[cfg(test)]
mod tests {
    use super::unread_program;

    #[test]
    fn programs_that_run_code_of_the_repository_are_found() {
        for (command, expected) in [
            ("python -m tools.release", Some("python -m tools.release")),
            ("uv run python3.12 -m tool x", Some("python3.12 -m tool")),
            ("python -m pip install .", None),
            ("python -m http.server", None),
            ("python setup.py", None),
            ("cargo xtask dist", Some("cargo xtask")),
            ("cargo +nightly run --bin x", Some("cargo run")),
            ("cargo test", None),
            ("cargo nextest run --all-targets", None),
            ("go tool cover -func x", None),
            ("go tool release", Some("go tool")),
            ("go run ./cmd/x", Some("go run")),
            ("go test ./...", None),
            ("./gradlew :app:release -Pv=1", Some("gradlew :app:release")),
            ("./gradlew assembleRelease", None),
            ("./mvnw -B release:prepare", Some("mvnw release:prepare")),
            ("mvn -B org.apache.maven.plugins:maven-release-plugin:3.0.0:prepare", Some(LONG)),
            ("mvn -B verify", None),
            ("sbt 'release with-defaults'", Some("sbt 'release")),
            ("echo go", None),
        ] {
            let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
            assert_eq!(unread_program(&words).as_deref(), expected, "{command}");
        }
    }

    const LONG: &str = "mvn org.apache.maven.plugins:maven-release-plugin:3.0.0:prepare";
}
