//! Dispatchers of servers, as data: gitolite's own, and others written anew in the manner of forges.

use super::{ByHand, Event, Tool};

/// Extracts the driver from gitolite's script for hooks of single repositories, which writes it from there.
pub(super) const GITOLITE: Tool = Tool {
    name: "gitolite's driver",
    programs: &["gitolite"],
    from: "Debian's gitolite3",
    files: &[],
    events: &[Event::PreReceive],
    install: "\
sed '1,/^__DATA__$/d' /usr/share/gitolite3/triggers/repo-specific-hooks >../multi-hook-driver
chmod 755 ../multi-hook-driver
printf '#!/bin/sh\\nexec other-hook pre-receive\\n' >../specific
chmod 755 ../specific
rm -f hooks/pre-receive.* hooks/pre-receive
ln -s \"$PWD/../specific\" hooks/pre-receive.h00-other
ln -s \"$PWD/../multi-hook-driver\" hooks/pre-receive",
    older: None,
    newer: None,
    again: &["\
rm -f hooks/pre-receive.* hooks/pre-receive
ln -s \"$PWD/../specific\" hooks/pre-receive.h00-other
ln -s \"$PWD/../multi-hook-driver\" hooks/pre-receive"],
    uninstall: "rm -f hooks/pre-receive.* hooks/pre-receive",
    uninstalls_all: true,
    by_hand: ByHand::Command(
        "\
git init -q --bare ../other.git
git -C ../other.git gate install
mv ../other.git/hooks/pre-receive ../git-gate
ln -s \"$PWD/../git-gate\" hooks/pre-receive.h01-git-gate",
    ),
};

/// Runs the members of `pre-receive.d`, by its own name, as Gitea and Forgejo do.
pub(super) const BY_NAME: Tool = Tool {
    name: "a dispatcher as Gitea's",
    programs: &[],
    from: "",
    files: &[],
    events: &[Event::PreReceive],
    install: r#"
mkdir -p hooks/pre-receive.d
cat >hooks/pre-receive.d/forge <<'END'
#!/bin/sh
exec other-hook pre-receive
END
cat >hooks/pre-receive <<'END'
#!/usr/bin/env bash
input=$(cat)
name=$(basename "$0")
for member in "${GIT_DIR:-$(dirname "$0")/..}/hooks/$name.d"/*; do
  [ -x "$member" ] && [ -f "$member" ] || continue
  printf '%s\n' "$input" | "$member" || failed=$?
done
exit "${failed:-0}"
END
chmod 755 hooks/pre-receive hooks/pre-receive.d/forge"#,
    older: None,
    newer: None,
    again: &[r#"
cp hooks/pre-receive.d/forge forge
rm hooks/pre-receive.d/forge
mv forge hooks/pre-receive.d/forge"#],
    uninstall: "rm -f hooks/pre-receive hooks/pre-receive.d/forge",
    uninstalls_all: true,
    by_hand: ByHand::Never,
};

/// Calls the program of the forge, and is written again byte for byte, as by Gogs.
pub(super) const CALLER: Tool = Tool {
    name: "a hook as Gogs's",
    programs: &[],
    from: "",
    files: &[],
    events: &[Event::PreReceive],
    install: r#"
cat >hooks/pre-receive <<'END'
#!/usr/bin/env bash
"other-hook" 'pre-receive'
END
chmod 755 hooks/pre-receive"#,
    older: None,
    newer: None,
    again: &[r#"
cat >hooks/pre-receive <<'END'
#!/usr/bin/env bash
"other-hook" 'pre-receive'
END
chmod 755 hooks/pre-receive"#],
    uninstall: "rm -f hooks/pre-receive",
    uninstalls_all: true,
    by_hand: ByHand::Never,
};

/// Runs what is in the directory `pre-receive.parts`, by its own name.
pub(super) const PARTS: Tool = Tool {
    name: "a dispatcher with .parts",
    programs: &[],
    from: "",
    files: &[],
    events: &[Event::PreReceive],
    install: r#"
mkdir -p hooks/pre-receive.parts
printf '#!/bin/sh\nexec other-hook pre-receive\n' >hooks/pre-receive.parts/one
cat >parts <<'END'
#!/bin/sh
for part in "$(dirname "$0")/$(basename "$0").parts"/*; do [ ! -x "$part" ] || "$part" || exit 1; done
END
rm -f hooks/pre-receive
cp parts hooks/pre-receive
chmod 755 hooks/pre-receive hooks/pre-receive.parts/one"#,
    older: None,
    newer: None,
    again: &["cp parts hooks/pre-receive", "cp parts new; chmod 755 new; mv new hooks/pre-receive"],
    uninstall: "rm -rf hooks/pre-receive hooks/pre-receive.parts parts",
    uninstalls_all: true,
    by_hand: ByHand::Never,
};

/// Is a link to one script for all repositories and hooks, which looks at its name.
pub(super) const SHARED: Tool = Tool {
    name: "a link to a shared dispatcher",
    programs: &[],
    from: "",
    files: &[],
    events: &[Event::PreReceive],
    install: r#"
cat >../dispatch <<'END'
#!/bin/sh
case $(basename "$0") in
pre-receive) exec other-hook pre-receive ;;
esac
END
chmod 755 ../dispatch
ln -sf ../../dispatch hooks/pre-receive"#,
    older: None,
    newer: None,
    again: &["ln -sf ../../dispatch hooks/pre-receive"],
    uninstall: "rm -f hooks/pre-receive",
    uninstalls_all: true,
    by_hand: ByHand::Line("../dispatch"),
};
