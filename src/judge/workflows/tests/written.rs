//! Scripts that write credentials into git config and remotes.

use super::{lines_of, steps};

fn is_kept(script: &str) -> bool {
    let lines: String = script.lines().map(|line| format!("    {line}\n")).collect();
    let step = format!(
        "- run: |\n{lines}  env:\n    T: ${{{{ secrets.X }}}}\n    WHO: me\n    REMOTE: https://a:${{{{ secrets.X }}}}@github.com/a/b\n"
    );
    match lines_of("written-credentials", &steps(&step)).as_slice() {
        [] => false,
        [_] => true,
        more => panic!("{script}: {more:?}"),
    }
}

#[test]
fn a_credential_that_stays_is_reported() {
    for script in [
        "git remote set-url origin https://x-access-token:$T@github.com/a/b",
        "git remote set-url --push origin \"https://x-access-token:${T}@github.com/${GITHUB_REPOSITORY}.git\"",
        "git remote add up https://${{ secrets.PAT }}@github.com/a/b",
        "git remote add up https://$T@github.com/a/b",
        "git remote add up https://${GITHUB_TOKEN}:x-oauth-basic@github.com/a/b",
        "git -C \"$dir\" remote set-url origin \"https://u:$(gh auth token)@github.com/a/b\"",
        "git -c core.x=y -C d remote set-url origin https://u:$T@github.com/a/b",
        "URL=https://u:$T@github.com/a/b\ngit remote set-url origin \"$URL\"",
        "export URL=https://u:$T@github.com/a/b\ngit remote set-url origin \"${URL}\"",
        "git remote set-url origin $REMOTE",
        "git remote set-url origin ${{ env.REMOTE }}",
        "git config --global url.\"https://${T}@github.com/\".insteadOf https://github.com/",
        "git config --global url.https://oauth2:$T@gitlab.com/.pushInsteadOf git@gitlab.com:",
        "git config set --global url.https://oauth2:$T@gitlab.com/.insteadof x",
        "git config --local http.https://github.com/.extraheader \"AUTHORIZATION: basic $T\"",
        "sudo git config --system http.extraHeader \"Authorization: Bearer ${{ github.token }}\"",
        "git config --add -f x.cfg http.extraheader \"$HEADER\"",
        "git config remote.origin.url https://u:$T@github.com/a/b",
        "git config --global credential.helper '!f() { echo password=${{ secrets.PAT }}; }; f'",
        "git clone https://x-access-token:${{ steps.app.outputs.token }}@github.com/a/b",
        "git clone --depth 1 https://${{ steps.app.outputs.token }}@github.com/a/b c",
        "if ! git clone -b main \"https://u:$T@github.com/a/b\"; then exit 1; fi",
        "git clone -c http.extraheader=\"Authorization: basic $T\" https://github.com/a/b",
        "git submodule add https://u:$T@github.com/a/b",
        "git push --set-upstream https://u:$T@github.com/a/b HEAD",
        "echo \"https://u:$T@github.com\" > ~/.git-credentials",
        "echo \"machine github.com login x password $T\" >> $HOME/.netrc",
        "echo \"https://u:$T@github.com\" | tee -a ~/.git-credentials",
        "cat > ~/.netrc <<EOF\nmachine github.com\nlogin x\npassword $T\nEOF",
        "echo \"password=$T\" | git credential approve",
        "printf 'protocol=https\\nhost=github.com\\npassword=%s\\n' \"$T\" | git credential approve",
        "git credential approve <<EOF\nprotocol=https\npassword=$T\nEOF",
        "git credential approve <<< \"password=$T\"",
        "echo \"https://u:$T@github.com\" | git credential-store --file ~/x store",
        "printf 'machine github.com login x password %s\\n' \"$T\" > ~/.netrc",
        "printf 'https://x:%s@github.com\\n' \"$T\" >> $HOME/.git-credentials",
        "echo \"https://u:$T@github.com\" > ~/.config/git/credentials",
        "{ echo machine github.com; echo \"password $T\"; } > ~/.netrc",
        "( echo machine github.com\necho \"password $T\" ) > ~/.netrc",
        "echo \"$T\" > ~/.netrc",
        "echo '${{ secrets.NETRC }}' > ~/.netrc",
        "echo \"$T\" | tee ~/.netrc",
        "git config --global credential.helper \"!f() { echo password=$T; }; f\"",
        "git config --global credential.helper \"!f() { echo 'password=$T'; }; f\"",
        "bash -c 'git remote set-url origin https://u:$T@github.com/a/b'",
    ] {
        assert!(is_kept(script), "{script}");
    }
}

#[test]
fn each_command_is_reported_at_its_own_line() {
    let step = "- run: |\n    if ! git clone https://u:$T@github.com/a/b; then\n      git clone https://u:$T@github.com/a/c\n    fi\n  env: {T: \"${{ secrets.X }}\"}\n";
    let lines = lines_of("written-credentials", &steps(step));
    let [first, second] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(second - first, 1, "{lines:?}");
}

#[test]
fn a_credential_for_one_command_passes() {
    for script in [
        "git -c http.extraheader=\"Authorization: basic $T\" clone https://github.com/a/b",
        "git -c \"url.https://u:$T@github.com/.insteadOf=https://github.com/\" fetch",
        "git push https://x-access-token:$T@github.com/a/b HEAD:main",
        "git fetch \"https://x-access-token:$T@github.com/a/b\" main",
        "git ls-remote https://u:$T@github.com/a/b",
        "gh auth setup-git",
        "gh repo clone a/b",
        "git remote set-url origin https://github.com/a/b",
        "git remote set-url origin https://git@github.com/$GITHUB_REPOSITORY",
        "git remote set-url origin https://$WHO@github.com/a/b",
        "git remote set-url origin https://${{ github.actor }}@github.com/a/b",
        "git remote add origin ssh://git@github.com/a/b",
        "git remote add origin git@github.com:$REPO",
        "git clone https://github.com/$REPO@$T",
        "git clone https://github.com/${{ github.repository }}",
        "git clone http://admin:$T@localhost:3000/a/b",
        "git clone http://admin:$T@gitea.local/a/b",
        "git config --global url.\"https://github.com/\".insteadOf git@github.com:",
        "git config --global --unset-all http.https://github.com/.extraheader",
        "git config --get http.extraheader $T",
        "git config user.name \"$T\"",
        "git config --global credential.helper '!f() { echo \"password=$T\"; }; f'",
        "git config --global credential.helper \"!f() { echo password=\\$T; }; f\"",
        "git config --global credential.helper '!f() { echo password=$T; }; f'",
        "git config --global credential.helper store",
        "printf 'protocol=https\\nhost=github.com\\n' | git credential fill",
        "printf 'host=%s\\n' \"$HOST\" | git credential reject",
        "echo hello | git credential-store --file x get",
        "echo machine localhost > ~/.netrc",
        "touch ~/.netrc && chmod 600 ~/.netrc",
        "echo git remote set-url origin https://u:$T@github.com/a/b",
        "# git remote set-url origin https://u:$T@github.com/a/b",
        "echo \"$T\" > token.txt",
        "rm -f ~/.netrc",
        "cat ~/.netrc",
    ] {
        assert!(!is_kept(script), "{script}");
    }
}

#[test]
fn a_credential_that_the_same_script_takes_away_passes() {
    for (script, undo) in [
        (
            "git remote set-url origin https://u:$T@github.com/a/b",
            "git remote set-url origin https://github.com/a/b",
        ),
        ("git remote add up https://u:$T@github.com/a/b", "git remote remove up"),
        (
            "git config http.https://github.com/.extraheader \"x $T\"",
            "git config --unset http.https://github.com/.extraheader",
        ),
        (
            "git config http.https://github.com/.extraheader \"x $T\"",
            "git config --remove-section http.https://github.com/",
        ),
        ("git clone https://u:$T@github.com/a/b docs", "rm -rf docs"),
        ("echo \"https://u:$T@github.com\" > ~/.git-credentials", "rm ~/.git-credentials"),
        ("echo \"password=$T\" | git credential approve", "echo host=github.com | git credential reject"),
    ] {
        assert!(is_kept(&format!("{script}\nmake")), "{script}");
        assert!(!is_kept(&format!("{script}\nmake\n{undo}")), "{script}");
        assert!(is_kept(&format!("{undo}\n{script}")), "{script}");
    }
}

#[test]
fn variables_of_the_job_and_the_workflow_are_followed() {
    let run = "        - run: git remote set-url origin \"$REMOTE\"\n";
    let value = "REMOTE: https://a:${{ secrets.T }}@github.com/a/b";
    for text in [
        format!("env:\n  {value}\njobs:\n  a:\n    steps:\n{run}"),
        format!("jobs:\n  a:\n    env:\n      {value}\n    steps:\n{run}"),
    ] {
        assert_eq!(lines_of("written-credentials", &text), [6], "{text}");
    }
}
