//! `git gate install` and `uninstall`, for every location in which git looks for hooks.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use crate::support::{Repo, Sandbox};

const CLONE_HOOKS: [&str; 3] = ["applypatch-msg", "commit-msg", "pre-push"];

/// Returns all entries below a folder by path: mode with file type, and the content or the target of a link.
fn tree(top: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(top).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        let content = if metadata.is_symlink() {
            fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
        } else if metadata.is_dir() {
            found.extend(tree(&path));
            Vec::new()
        } else {
            fs::read(&path).unwrap()
        };
        found.insert(path, (metadata.mode(), content));
    }
    found
}

/// Returns the sorted names in the hooks directory, without git's samples.
fn hooks(repo: &Repo<'_>) -> Vec<String> {
    let directory = repo.hook("x").parent().unwrap().to_owned();
    let names =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.ends_with(".sample")).collect();
    names.sort();
    names
}

/// Checks that a second installation changes nothing and that uninstalling restores everything below `top`.
/// Calls `check` while the hooks are installed.
#[track_caller]
fn goes_in_and_out(repo: &Repo<'_>, top: &Path, check: impl FnOnce()) {
    let before = tree(top);
    repo.gate(["install", "--mode", "shim"]).ok();
    let installed = tree(top);
    assert_ne!(installed, before);
    repo.gate(["install", "--mode", "shim"]).ok().says("nothing to do");
    assert_eq!(tree(top), installed);
    check();
    repo.gate(["uninstall"]).ok();
    assert_eq!(tree(top), before);
    repo.gate(["uninstall"]).ok().says("nothing to do");
    assert_eq!(tree(top), before);
}

#[test]
fn clone_gets_commit_and_push_hooks() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    goes_in_and_out(&repo, repo.path(), || assert_eq!(hooks(&repo), CLONE_HOOKS));
}

#[test]
fn bare_repository_gets_pre_receive() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init_bare("repo.git");
    goes_in_and_out(&repo, repo.path(), || assert_eq!(hooks(&repo), ["pre-receive"]));
}

#[test]
fn subdirectory_and_dash_c_find_the_same_hooks() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write("a/b/file", "");
    repo.git(["config", "core.hooksPath", "own/hooks"]).ok();
    fs::create_dir_all(repo.file("own/hooks")).unwrap();
    sandbox.gate(["-C", "repo/a/b", "install", "--mode", "shim"]).ok();
    assert_eq!(hooks(&repo), CLONE_HOOKS);
    assert!(repo.file("own/hooks/commit-msg").exists());
    repo.gate(["install", "--mode", "shim"]).dir(repo.file("a")).ok().says("nothing to do");
}

#[test]
fn installed_hook_is_executable_under_any_umask() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init_with("repo.git", &["--bare", "--shared=group"]);
    sandbox.run("sh").args(["-c", "umask 077; git -C repo.git gate install --mode shim"]).ok();
    let metadata = repo.hook("pre-receive").symlink_metadata().unwrap();
    assert!(metadata.is_file());
    assert_eq!(metadata.mode() & 0o7777, 0o755);
}

#[test]
fn new_hooks_directory_gets_the_repository_mode() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init_with("repo.git", &["--bare", "--shared=group", "--template="]);
    assert!(!repo.hook("").exists());
    goes_in_and_out(&repo, repo.path(), || {
        let mode = |path: &Path| path.metadata().unwrap().mode();
        assert_eq!(mode(&repo.file("hooks")), mode(repo.path()));
    });
}

#[test]
fn empty_hooks_directory_is_kept() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init_with("repo", &["--template="]);
    fs::create_dir(repo.file(".git/hooks")).unwrap();
    goes_in_and_out(&repo, repo.path(), || {});
}

#[test]
fn linked_worktree_shares_the_hooks() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit("docs: first");
    repo.git(["worktree", "add", "-q", "../linked"]).ok();
    let linked = Repo::at(&sandbox, sandbox.path("linked"));
    goes_in_and_out(&linked, repo.path(), || assert_eq!(hooks(&repo), CLONE_HOOKS));
}

#[test]
fn worktree_of_a_bare_repository_gets_clone_hooks() {
    let sandbox = Sandbox::new();
    let origin = sandbox.init("origin");
    origin.commit("docs: first");
    sandbox.run("git").args(["clone", "-q", "--bare", "origin", "repo.git"]).ok();
    let bare = Repo::at(&sandbox, sandbox.path("repo.git"));
    bare.git(["worktree", "add", "-q", "../linked"]).ok();
    let linked = Repo::at(&sandbox, sandbox.path("linked"));
    goes_in_and_out(&linked, bare.path(), || assert_eq!(hooks(&bare), CLONE_HOOKS));
}

#[test]
fn submodule_gets_its_own_hooks() {
    let sandbox = Sandbox::new();
    let (library, repo) = (sandbox.init("library"), sandbox.init("repo"));
    library.commit("docs: first");
    let add = ["-c", "protocol.file.allow=always", "submodule", "add", "-q"];
    repo.git(add).args([library.path(), Path::new("lib")]).ok();
    let submodule = Repo::at(&sandbox, repo.file("lib"));
    goes_in_and_out(&submodule, repo.path(), || {
        assert!(repo.file(".git/modules/lib/hooks/commit-msg").exists());
        assert!(!repo.file(".git/hooks/commit-msg").exists());
    });
}

#[test]
fn separate_git_directory_is_found() {
    let sandbox = Sandbox::new();
    let elsewhere = sandbox.path("elsewhere");
    let repo = sandbox.init_with("repo", &["--separate-git-dir", elsewhere.to_str().unwrap()]);
    goes_in_and_out(&repo, &elsewhere, || assert_eq!(hooks(&repo), CLONE_HOOKS));
}

#[test]
fn sha256_and_reftable_repositories_are_supported() {
    let sandbox = Sandbox::new();
    for option in ["--object-format=sha256", "--ref-format=reftable"] {
        if sandbox.run("git").args(["init", "-q", option, "probe"]).transcript().status() != Some(0) {
            continue;
        }
        let repo = sandbox.init_with(option, &[option]);
        goes_in_and_out(&repo, repo.path(), || assert_eq!(hooks(&repo), CLONE_HOOKS));
    }
}

#[test]
fn local_hooks_path_inside_the_repository_is_used() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    for (value, place) in [(".githooks", ".githooks"), ("own", "own")] {
        fs::create_dir(repo.file(place)).unwrap();
        repo.git(["config", "core.hooksPath", value]).ok();
        goes_in_and_out(&repo, repo.path(), || assert!(repo.file(place).join("commit-msg").exists()));
    }
    repo.git(["config", "core.hooksPath"]).arg(repo.file("absolute")).ok();
    goes_in_and_out(&repo, repo.path(), || assert!(repo.file("absolute/pre-push").exists()));
}

#[test]
fn worktree_specific_hooks_path_is_used() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.git(["config", "extensions.worktreeConfig", "true"]).ok();
    repo.git(["config", "--worktree", "core.hooksPath", ".githooks"]).ok();
    goes_in_and_out(&repo, repo.path(), || assert!(repo.file(".githooks/commit-msg").exists()));
}

/// Checks that an installation ends with status 2, prints all `words` and changes nothing below `top`.
#[track_caller]
fn is_refused(repo: &Repo<'_>, top: &Path, words: &[&str]) {
    let before = tree(top);
    let transcript = repo.gate(["install", "--mode", "shim"]).ends_with(2);
    for word in words {
        transcript.says(word);
    }
    assert_eq!(tree(top), before);
}

#[test]
fn shared_hooks_path_needs_into_shared() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    fs::create_dir(sandbox.path("shared")).unwrap();
    let shared = sandbox.path("shared");
    for scope in ["--global", "--local"] {
        repo.git(["config", scope, "core.hooksPath"]).arg(&shared).ok();
        let place = format!("{} config", &scope[2..]);
        is_refused(
            &repo,
            &sandbox.path(""),
            &["[ROOT]/shared", &place, "--into-shared", "git config core.hooksPath"],
        );
        repo.gate(["install", "--into-shared"]).ok();
        assert_eq!(hooks(&repo), CLONE_HOOKS);
        repo.gate(["install"]).ok().says("nothing to do: the hooks are already installed");
        repo.gate(["uninstall"]).ends_with(2).says("git gate uninstall --into-shared");
        repo.gate(["uninstall", "--into-shared"]).ok();
        assert_eq!(fs::read_dir(&shared).unwrap().count(), 0);
        repo.git(["config", scope, "--unset", "core.hooksPath"]).ok();
    }
}

#[test]
fn relative_global_hooks_path_counts_as_shared() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.git(["config", "--global", "core.hooksPath", ".githooks"]).ok();
    is_refused(&repo, &sandbox.path(""), &["global config"]);
}

#[test]
fn hooks_path_from_the_command_line_is_refused() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let before = tree(repo.path());
    repo.git(["-c", "core.hooksPath=.githooks", "gate", "install"]).ends_with(2).says("command config");
    assert_eq!(tree(repo.path()), before);
}

#[test]
fn hooks_directory_linked_outside_counts_as_shared() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init_with("repo", &["--template="]);
    fs::create_dir(sandbox.path("shared")).unwrap();
    symlink(sandbox.path("shared"), repo.file(".git/hooks")).unwrap();
    is_refused(&repo, &sandbox.path(""), &["it is outside of the repository"]);
}

#[test]
fn nothing_is_installed_if_git_runs_no_hooks() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    for value in ["", "/dev/null"] {
        repo.git(["config", "core.hooksPath", value]).ok();
        is_refused(&repo, repo.path(), &["git runs no hook", "git config --local --unset core.hooksPath"]);
    }
}

#[test]
fn install_outside_a_repository_fails() {
    let sandbox = Sandbox::new();
    sandbox.gate(["install", "--mode", "shim"]).ends_with(2).says("not inside a git repository");
}

#[test]
fn dry_run_lists_steps_and_changes_nothing() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write_executable(".git/hooks/pre-push", "#!/bin/sh\n");
    let before = tree(repo.path());
    let plan = repo.gate(["install", "--mode", "shim", "--dry-run"]).ok();
    let expected = "\
write [ROOT]/repo/.git/hooks/commit-msg
write [ROOT]/repo/.git/hooks/applypatch-msg
put the line of git-gate into [ROOT]/repo/.git/hooks/pre-push, which runs as before
dry run: nothing was changed
--- stderr ---
[exit status: 0]";
    assert_eq!(plan.to_string(), expected);
    assert_eq!(tree(repo.path()), before);
    repo.gate(["install", "--mode", "shim"]).ok();
    let installed = tree(repo.path());
    let expected = "\
remove [ROOT]/repo/.git/hooks/commit-msg
remove [ROOT]/repo/.git/hooks/applypatch-msg
remove the line of git-gate from [ROOT]/repo/.git/hooks/pre-push
dry run: nothing was changed
--- stderr ---
[exit status: 0]";
    assert_eq!(repo.gate(["uninstall", "--dry-run"]).ok().to_string(), expected);
    assert_eq!(tree(repo.path()), installed);
}

#[test]
fn hook_of_any_content_and_mode_is_restored() {
    let sandbox = Sandbox::new();
    for (number, (text, mode)) in [
        (&b"#!/bin/sh\nexit 0\n"[..], 0o755),
        (b"\x7fELF\0\xff\xfe caf\xe9", 0o750),
        (b"", 0o700),
        (b"#!/bin/sh\nexit 0\n", 0o644),
        (b"#!/bin/sh\nexit 0\n", 0o4755),
    ]
    .into_iter()
    .enumerate()
    {
        let repo = sandbox.init(format!("repo{number}"));
        let hook = repo.write(".git/hooks/pre-push", text);
        fs::set_permissions(&hook, Permissions::from_mode(mode)).unwrap();
        goes_in_and_out(&repo, repo.path(), || {
            let kept = repo.hook("pre-push.git-gate-chained");
            let runs = mode & 0o111 != 0;
            let stays = runs && !text.contains(&0);
            assert_eq!(kept.exists(), !stays);
            if stays {
                assert_eq!(hook.metadata().unwrap().mode() & 0o7777, mode);
            } else {
                assert_eq!(fs::read(kept).unwrap(), text);
                let shim = fs::read_to_string(&hook).unwrap();
                assert_eq!(shim.contains("pre-push.git-gate-chained"), runs, "{shim}");
            }
        });
    }
}

#[test]
fn linked_hook_is_kept_as_a_link() {
    let sandbox = Sandbox::new();
    for (number, target) in ["../../scripts/push", "/bin/true", "nowhere"].into_iter().enumerate() {
        let repo = sandbox.init(format!("repo{number}"));
        repo.write_executable("scripts/push", "#!/bin/sh\n");
        symlink(target, repo.file(".git/hooks/pre-push")).unwrap();
        goes_in_and_out(&repo, repo.path(), || {
            assert!(!repo.hook("pre-push").is_symlink());
            let kept = fs::read_link(repo.hook("pre-push.git-gate-chained")).unwrap();
            assert_eq!(kept, Path::new(target));
        });
    }
}

#[test]
fn non_executable_hook_is_kept_but_not_run() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write(".git/hooks/pre-push", "#!/bin/sh\nexit 1\n");
    repo.gate(["install", "--mode", "shim"])
        .ok()
        .says("but do not run it, because git did not run it either");
}

#[test]
fn directory_in_place_of_a_hook_is_refused() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    fs::create_dir(repo.file(".git/hooks/pre-push")).unwrap();
    is_refused(&repo, repo.path(), &["neither a file nor a link"]);
}

#[test]
fn edited_hook_is_put_aside() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    for command in ["install", "uninstall"] {
        repo.gate(["install", "--mode", "shim"]).ok();
        let mut text = fs::read(repo.hook("pre-push")).unwrap();
        text.extend(b"exit 0\n");
        fs::write(repo.hook("pre-push"), &text).unwrap();
        let said = if command == "install" { vec![command, "--mode", "shim"] } else { vec![command] };
        repo.gate(said).ok().says("pre-push as pre-push.git-gate-edited, and do not run it: it was edited");
        assert_eq!(fs::read(repo.hook("pre-push.git-gate-edited")).unwrap(), text);
        assert_eq!(repo.hook("pre-push").exists(), command == "install");
        fs::remove_file(repo.hook("pre-push.git-gate-edited")).unwrap();
    }
}

#[test]
fn damaged_hook_of_ours_is_repaired() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.gate(["install", "--mode", "shim"]).ok();
    let installed = tree(repo.path());
    fs::set_permissions(repo.hook("pre-push"), Permissions::from_mode(0o644)).unwrap();
    fs::remove_file(repo.hook("commit-msg")).unwrap();
    repo.gate(["install", "--mode", "shim"]).ok();
    assert_eq!(tree(repo.path()), installed);
}

#[test]
fn hook_that_calls_another_binary_is_updated() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write_executable(".git/hooks/pre-push", "#!/bin/sh\n");
    repo.gate(["install", "--mode", "shim"]).ok();
    let installed = tree(repo.path());
    for name in CLONE_HOOKS {
        let hook = repo.hook(name);
        let text = fs::read_to_string(&hook).unwrap();
        let old = text.replace(sandbox.path("bin/git-gate").to_str().unwrap(), "/old place/it'\\''s gone");
        assert_ne!(old, text);
        fs::write(&hook, old).unwrap();
    }
    repo.gate(["install", "--mode", "shim"]).ok().says("write");
    assert_eq!(tree(repo.path()), installed);
}

/// Lets git-gate keep a hook under another name, as it does with a link.
fn keep_renamed(repo: &Repo<'_>) {
    repo.write_executable("kept", "#!/bin/sh\n# one\n");
    symlink(repo.file("kept"), repo.hook("pre-push")).unwrap();
    repo.gate(["install", "--mode", "shim"]).ok();
    assert!(repo.hook("pre-push.git-gate-chained").is_symlink());
}

#[test]
fn hook_that_replaces_ours_leaves_the_kept_one() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    for command in [&["install", "--mode", "shim"][..], &["uninstall"]] {
        keep_renamed(&repo);
        repo.write_executable(".git/hooks/pre-push", "#!/bin/sh\n# two\n");
        let said = "pre-push.git-gate-chained as pre-push.git-gate-replaced, and do not run it: another hook is at its place";
        repo.gate(command).ok().says(said);
        assert!(repo.hook("pre-push.git-gate-replaced").is_symlink());
        repo.gate(["uninstall"]).transcript();
        assert_eq!(fs::read_to_string(repo.hook("pre-push")).unwrap(), "#!/bin/sh\n# two\n");
        assert_eq!(hooks(&repo), ["pre-push", "pre-push.git-gate-replaced"]);
        for name in hooks(&repo) {
            fs::remove_file(repo.hook(&name)).unwrap();
        }
    }
}

#[test]
fn missing_kept_hook_is_reported() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    for command in [&["install", "--mode", "shim"][..], &["uninstall"]] {
        keep_renamed(&repo);
        fs::remove_file(repo.hook("pre-push.git-gate-chained")).unwrap();
        let kept = "note: the hook that was kept in [ROOT]/repo/.git/hooks/pre-push.git-gate-chained is gone";
        repo.gate(command).ok().says(kept);
        repo.gate(["uninstall"]).ok();
        assert!(hooks(&repo).is_empty());
    }
}

#[test]
fn shadowed_hooks_are_still_uninstalled() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let before = tree(&repo.file(".git/hooks"));
    repo.gate(["install", "--mode", "shim"]).ok();
    repo.git(["config", "core.hooksPath", "/dev/null"]).ok();
    repo.gate(["uninstall"]).ok();
    assert_eq!(tree(&repo.file(".git/hooks")), before);
}

/// Dispatcher that Gitea, Forgejo and soft-serve put into every repository.
const DISPATCHER: &str = "#!/bin/sh
data=$(cat)
status=0
for hook in \"${GIT_DIR}\"/hooks/pre-receive.d/*; do
    test -x \"$hook\" && test -f \"$hook\" || continue
    echo \"$data\" | \"$hook\" || status=$?
done
exit $status
";

#[test]
fn dispatcher_gets_a_member() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init_bare("repo.git");
    let dispatcher = repo.write_executable("hooks/pre-receive", DISPATCHER);
    repo.write_executable("hooks/pre-receive.d/gitea", "#!/bin/sh\n");
    goes_in_and_out(&repo, repo.path(), || {
        assert_eq!(fs::read_to_string(&dispatcher).unwrap(), DISPATCHER);
        assert_eq!(repo.file("hooks/pre-receive.d/git-gate").metadata().unwrap().mode() & 0o777, 0o755);
    });
}

#[test]
fn members_without_a_dispatcher_are_left_alone() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init_bare("repo.git");
    repo.write_executable("hooks/pre-receive.d/other", "#!/bin/sh\n");
    goes_in_and_out(&repo, repo.path(), || assert_eq!(hooks(&repo), ["pre-receive", "pre-receive.d"]));
}

/// Kills an installation after 0 to 24 ms: every hook must be the old or the new one, and the next
/// installation must complete the work.
#[test]
fn killed_install_leaves_old_or_new_hooks() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let foreign = "#!/bin/sh\n# foreign\n";
    for name in CLONE_HOOKS {
        repo.write_executable(Path::new(".git/hooks").join(name), foreign);
    }
    let before = tree(repo.path());
    repo.gate(["install", "--mode", "shim"]).ok();
    let installed = tree(repo.path());
    for delay in 0..25 {
        repo.gate(["uninstall"]).ok();
        assert_eq!(tree(repo.path()), before);
        let script =
            format!("git-gate install >/dev/null & sleep 0.0{delay:02}; kill -9 $! 2>/dev/null; wait $!");
        sandbox.run("sh").args(["-c", &script]).dir(repo.path()).transcript();
        for name in CLONE_HOOKS {
            let hook = &tree(repo.path())[&repo.hook(name)];
            assert!([&before[&repo.hook(name)], &installed[&repo.hook(name)]].contains(&hook), "{name}");
        }
        if delay % 2 == 0 {
            repo.gate(["install", "--mode", "shim"]).ok();
            assert_eq!(tree(repo.path()), installed);
        }
    }
}

/// husky runs one script under the names of all hooks. Under any other name, it silently does nothing.
#[test]
fn hook_that_depends_on_its_name_stays_at_its_place() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.git(["config", "core.hooksPath", ".husky/_"]).ok();
    repo.write_executable(".husky/_/commit-msg", "#!/usr/bin/env sh\n. \"${0%/*}/h\"");
    goes_in_and_out(&repo, repo.path(), || {
        assert_eq!(hooks(&repo), ["applypatch-msg", "commit-msg", "pre-push"]);
    });
}

#[test]
fn dispatcher_without_member_directory_gets_the_line() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init_bare("repo.git");
    let dispatcher =
        "#!/bin/sh\nname=$(basename \"$0\")\nfor hook in hooks/$name.d/*; do $hook || exit; done\n";
    repo.write_executable("hooks/pre-receive", dispatcher);
    goes_in_and_out(&repo, repo.path(), || assert_eq!(hooks(&repo), ["pre-receive"]));
    fs::create_dir(repo.file("hooks/pre-receive.d")).unwrap();
    goes_in_and_out(&repo, repo.path(), || assert!(repo.file("hooks/pre-receive.d/git-gate").exists()));
}

#[test]
fn link_to_our_hook_is_left_alone() {
    let sandbox = Sandbox::new();
    let (common, repo) = (sandbox.init_bare("common.git"), sandbox.init_bare("repo.git"));
    common.gate(["install", "--mode", "shim"]).ok();
    symlink(common.hook("pre-receive"), repo.hook("pre-receive")).unwrap();
    let before = tree(repo.path());
    repo.gate(["install", "--mode", "shim"]).ok().says("nothing to do");
    repo.gate(["status"]).ok();
    repo.gate(["uninstall"]).ok().says("nothing to do");
    assert_eq!(tree(repo.path()), before);
    common.gate(["uninstall"]).ok();
    repo.gate(["status"]).ends_with(1);
}

/// gitolite's `option hook.pre-receive` replaces the common hook by a driver that runs several hooks.
#[test]
fn our_hook_under_gitolites_driver_is_left_alone() {
    let sandbox = Sandbox::new();
    let (common, repo) = (sandbox.init_bare("common.git"), sandbox.init_bare("repo.git"));
    common.gate(["install", "--mode", "shim"]).ok();
    // The driver of gitolite, which depends on the name under which git calls it.
    let driver = "#!/bin/sh\nstdin=`cat`\nfor h in $0.*; do\n    [ -x $h ] || continue\n    \
        echo \"$stdin\" | $h || { [ $0 = hooks/pre-receive ] && exit 1; }\ndone\n";
    repo.write_executable(sandbox.path("multi-hook-driver"), driver);
    symlink(sandbox.path("multi-hook-driver"), repo.hook("pre-receive")).unwrap();
    is_refused(&repo, repo.path(), &["looks at its own name (`$0`)", "option hook.pre-receive"]);
    repo.gate(["status"]).ends_with(1).says("is not a hook of git-gate");
    symlink(common.hook("pre-receive"), repo.hook("pre-receive.h07-git-gate")).unwrap();
    let before = tree(repo.path());
    repo.gate(["status"]).ok();
    repo.gate(["install", "--mode", "shim"]).ok().says("nothing to do");
    repo.gate(["uninstall"]).ok().says("nothing to do");
    assert_eq!(tree(repo.path()), before);
}
