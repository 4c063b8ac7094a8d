//! Lock files that GitHub would read, and those that it would refuse.

use super::ActionsLock;

const ONE: &str = "0123456789abcdef0123456789abcdef01234567";
const TWO: &str = "89abcdef0123456789abcdef0123456789abcdef";

const PATH: &str = ".github/workflows/x.yml";

fn entry(key: &str, reference: &str, oid: &str) -> String {
    format!(
        "    '{key}':\n        ref: '{reference}'\n        commit: 'sha1-{oid}'\n        owner_id: 1\n        repo_id: 2\n"
    )
}

/// Returns a lock file that lists actions for one workflow.
fn lock(listed: &[&str], entries: &[String]) -> String {
    let listed: String = listed.iter().map(|pin| format!("        - '{pin}'\n")).collect();
    format!("version: 'v0.0.2'\nworkflows:\n    '{PATH}':\n{listed}dependencies:\n{}", entries.concat())
}

fn good() -> String {
    lock(&["a/b@v1.2.3"], &[entry("a/b@v1.2.3", "v1.2.3", ONE)])
}

fn faults(text: &str) -> Vec<String> {
    ActionsLock::read(text.as_bytes()).faults.iter().map(ToString::to_string).collect()
}

/// Returns the oids that a lock file gives to the workflow, as `repository@reference oid`.
fn locked(text: &str) -> Vec<String> {
    let file = ActionsLock::read(text.as_bytes());
    let lock = file.of_workflow(PATH.as_bytes());
    let pins = lock.iter().flat_map(|lock| lock.0.keys());
    let shown = pins.map(|pin| {
        let oid = file.entries[pin].oid.as_deref().unwrap();
        format!("{}@{} {oid}", pin.repository, pin.reference)
    });
    let mut found: Vec<String> = shown.collect();
    found.sort_unstable();
    found
}

#[test]
fn entries_of_listed_actions_are_locked() {
    let pin = format!("a/b@v1.2.3 {ONE}");
    for text in [
        good(),
        good().replace("a/b", "A/B"),
        good().replace('\'', ""),
        good().replacen("version: 'v0.0.2'", "# written by a tool\nversion: \"v0.0.2\"", 1),
        good().replace("'v0.0.2'", "'v0.0.1'").replace("ref:", "tag:"),
        good()
            .replace("'v0.0.2'", "'v0.0.1'")
            .replace("        ref: 'v1.2.3'\n", "")
            .replace("a/b@v1.2.3", &format!("a/b@v1.2.3:sha1-{ONE}")),
    ] {
        assert_eq!(faults(&text), [""; 0], "{text}");
        assert_eq!(locked(&text), [pin.as_str()], "{text}");
    }
}

#[test]
fn refused_lock_files_pin_nothing() {
    for (old, new, said) in [
        ("'v0.0.2'", "'v0.0.3'", "v0.0.3"),
        ("version: 'v0.0.2'\n", "", "v0.0.1 and v0.0.2 are known"),
        ("dependencies:", "<<<<<<< HEAD\ndependencies:", "conflict markers"),
        ("dependencies:", "=======\ndependencies:", "conflict markers"),
        ("dependencies:", "dependencies: [", "cannot be read"),
        ("dependencies:", "more: {}\ndependencies:", "`more` is not known"),
        ("'a/b@v1.2.3':", "'${{ 'a/b@v1.2.3' }}':", "cannot be read"),
        ("ref: 'v1.2.3'", "ref: \"${{ 'v1.2.3' }}\"", "expression"),
        ("        owner_id: 1\n", "", "no `owner_id`"),
        ("repo_id: 2", "repo_id: 0", "positive number"),
        ("repo_id: 2", "repo_id: 2\n        note: x", "unknown key `note`"),
        ("sha1-", "", "not a digest"),
        ("ref: 'v1.2.3'", "ref: 'v1.2.4'", "another reference"),
        ("    'a/b@v1.2.3':", "    'a/b/c@v1.2.3':", "not an action"),
        ("        - 'a/b@v1.2.3'", "        - 'a/b'", "not an action"),
        ("        - 'a/b@v1.2.3'", "        x: y", "is not a list"),
        ("'.github/", "'/.github/", "not the path of a workflow"),
        ("        repo_id: 2\n", "        repo_id: 2\n        uses: ['a/b@v1.2.3']\n", "uses itself"),
    ] {
        let text = good().replacen(old, new, 1);
        assert_ne!(text, good(), "{old}");
        assert!(
            faults(&text).iter().any(|fault| fault.contains(said)),
            "{said}: {:?}\n{text}",
            faults(&text)
        );
        assert_eq!(locked(&text), [""; 0], "{text}");
    }
}

#[test]
fn key_that_is_an_oid_has_the_same_commit() {
    let text = |key: &str| lock(&[&format!("a/b@{key}")], &[entry(&format!("a/b@{key}"), "v1.2.3", ONE)]);
    assert_eq!(faults(&text(ONE)), [""; 0]);
    assert!(faults(&text(TWO)).iter().any(|fault| fault.contains("another commit")));
    let first = good().replace("'v0.0.2'", "'v0.0.1'").replace("ref:", "tag:");
    let first = first.replace("    'a/b@v1.2.3':", &format!("    'a/b@v1.2.3:sha1-{TWO}':"));
    assert!(faults(&first).iter().any(|fault| fault.contains("another commit")), "{first}");
}

#[test]
fn keys_that_differ_in_case_are_one_action() {
    let entries = |other: &str| [entry("a/b@v1.2.3", "v1.2.3", ONE), entry("A/b@v1.2.3", "v1.2.3", other)];
    assert_eq!(faults(&lock(&["a/b@v1.2.3"], &entries(ONE))), [""; 0]);
    assert!(faults(&lock(&["a/b@v1.2.3"], &entries(TWO)))[0].contains("locked twice"));
}

#[test]
fn missing_entries_pin_only_the_others() {
    let uses = entry("a/b@v1.2.3", "v1.2.3", ONE) + "        uses: ['c/d@v2']\n";
    let of_composite = entry("c/d@v2", "v2", TWO);
    let whole = lock(&["a/b@v1.2.3", "c/d@v2"], &[uses.clone(), of_composite.clone()]);
    assert_eq!(faults(&whole), [""; 0]);
    let unlisted = lock(&["a/b@v1.2.3"], &[uses.clone(), of_composite]);
    assert_eq!(faults(&unlisted), [""; 0], "the tool lists only what the workflow itself uses");
    let said = "`c/d@v2` is used, but has no commit";
    assert_eq!(faults(&lock(&["a/b@v1.2.3"], std::slice::from_ref(&uses))), [said]);
    let no_entry = lock(&["a/b@v1.2.3", "c/d@v2"], &[entry("a/b@v1.2.3", "v1.2.3", ONE)]);
    assert_eq!(faults(&no_entry), [said]);
    assert_eq!(locked(&no_entry), [format!("a/b@v1.2.3 {ONE}")]);
}

/// The file has nearly the size at which it is refused. A round for each entry took 8 s for 2,000 of them.
#[test]
fn long_chain_of_actions_is_read_at_once() {
    let link = |at: usize, last: &str| {
        let uses = format!("        uses: ['a/b{}@v1', 'a/b{}@v1']\n", at + 1, at + 1);
        entry(&format!("a/b{at}@v1"), "v1", ONE) + if at < 3_000 { &uses } else { last }
    };
    let text = |last: &str| lock(&["a/b0@v1"], &(0..=3_000).map(|at| link(at, last)).collect::<Vec<_>>());
    assert_eq!(faults(&text("")), [""; 0]);
    assert_eq!(faults(&text("        uses: ['a/b9@v1']\n")), ["the lock says that `a/b0@v1` uses itself"]);
}

#[test]
fn workflow_that_is_not_listed_has_no_lock() {
    let lock = ActionsLock::read(good().as_bytes());
    assert!(lock.of_workflow(b".github/workflows/y.yml").is_none());
    assert!(lock.of_workflow(b".GitHub/workflows/x.yml").is_none());
}
