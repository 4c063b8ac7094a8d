//! Repairs, as texts before and after.

mod jobs;

use bstr::BString;

use super::{Basis, Edit, FileText, Files, Fix, KnownPins, RuleProblem, is_better, repair};
use crate::policy::Policy;
use crate::report::{Group, WorkflowPlace, WorkflowProblem};
use crate::rules::RULES;
use crate::text::Span;
use crate::workflow::{Document, FileKind};

const OID: &str = "11bd71901bbe5b1630ceea73d27597364c9af683";
const PATH: &str = ".github/workflows/x.yml";

fn document(text: &str) -> Document {
    Document::read(text.as_bytes(), FileKind::of(PATH.as_bytes()).unwrap()).remove(0)
}

fn job(steps: &str) -> String {
    format!("jobs:\n  a:\n    steps:\n{steps}")
}

/// Files beside the workflow: their paths and texts.
struct Beside<'t>(&'t [(&'t str, &'t str)]);

impl Files for Beside<'_> {
    fn read(&self, path: &str) -> FileText {
        match self.0.iter().find(|(name, _)| *name == path) {
            Some((_, "cannot be read")) => FileText::Unreadable,
            Some((_, text)) => FileText::Found(text.as_bytes().to_vec()),
            None => FileText::Missing,
        }
    }
}

fn fix(known: &KnownPins, files: &[(&str, &str)], is_unsafe: bool, text: &str) -> Fix {
    let (policy, files) = (Policy::default(), Beside(files));
    let basis = Basis { policy: &policy, known, lock: None, files: &files, is_unsafe };
    repair(&basis, &BString::from(PATH), text.as_bytes())
}

/// Returns a file after the repair, or unchanged if there is none.
fn fixed(known: &KnownPins, files: &[(&str, &str)], is_unsafe: bool, text: &str) -> String {
    let repaired = fix(known, files, is_unsafe, text).repaired;
    repaired.map_or(text.to_owned(), |repaired| String::from_utf8(repaired.text).unwrap())
}

/// Returns the steps after the repair, or unchanged if there is none.
fn repaired_with(known: &KnownPins, steps: &str) -> String {
    let text = job(steps);
    let text = fixed(known, &[], false, &text);
    text.strip_prefix(&job("")).unwrap().to_owned()
}

fn repaired(steps: &str) -> String {
    repaired_with(&KnownPins::default(), steps)
}

fn known() -> KnownPins {
    let mut known = KnownPins::default();
    let other = OID.replace('1', "2");
    known.learn(&document(&job(&format!(
        "      - uses: some/action@{OID} # v4.2.2\n\
         \x20     - uses: some/action@{OID} # tag=v4\n\
         \x20     - uses: two/oids@{OID} # v1\n\
         \x20     - uses: two/oids@{other} # v1\n"
    ))));
    known
}

#[test]
fn checkout_without_inputs_gets_a_with() {
    let checkout = format!("      - uses: actions/checkout@{OID} # v4");
    assert_eq!(
        repaired(&format!("{checkout}\n      - run: ls\n")),
        format!("{checkout}\n        with:\n          persist-credentials: false\n      - run: ls\n")
    );
    let named = format!("      - name: x\n        uses: actions/checkout@{OID}\n        if: b\n");
    assert_eq!(
        repaired(&named),
        named.replace(
            "        if: b\n",
            "        with:\n          persist-credentials: false\n        if: b\n"
        )
    );
}

#[test]
fn checkout_with_inputs_gets_one_more() {
    let checkout = format!(
        "      - uses: actions/checkout@{OID}\n        with:\n          # all of it\n          fetch-depth: 0\n"
    );
    let expected = checkout.replace("fetch-depth", "persist-credentials: false\n          fetch-depth");
    assert_eq!(repaired(&checkout), expected);
    let flow = format!("      - {{uses: actions/checkout@{OID}, with: {{ fetch-depth: 0 }}}}\n");
    assert_eq!(repaired(&flow), flow.replace("{ fetch", "{ persist-credentials: false, fetch"));
    let bare = format!("      - {{uses: actions/checkout@{OID}}}\n");
    assert_eq!(repaired(&bare), bare.replace("}\n", ", with: {persist-credentials: false}}\n"));
}

#[test]
fn false_like_values_become_false_and_true_stays() {
    let with = |value: &str| {
        format!("      - uses: actions/checkout@{OID}\n        with: {{persist-credentials: {value}}}\n")
    };
    for value in ["no", "'off'", "0", "''"] {
        assert_eq!(repaired(&with(value)), with("false"), "{value}");
    }
    for value in ["true", "'TRUE'", "${{ x }}", "[a]"] {
        let text = format!(
            "      - uses: actions/checkout@{OID}\n        with:\n          persist-credentials: {value}\n"
        );
        assert_eq!(repaired(&text), text, "{value}");
    }
}

#[test]
fn job_that_pushes_keeps_its_credentials() {
    for run in ["git push", "|\n          git commit -m x && git -c a=b push origin HEAD"] {
        let text = format!("      - uses: actions/checkout@{OID}\n      - run: {run}\n");
        assert_eq!(repaired(&text), text, "{run}");
    }
    let text = format!("      - uses: actions/checkout@{OID}\n      - run: echo git push\n");
    assert_ne!(repaired(&text), text);
}

#[test]
fn formatting_around_a_checkout_is_kept() {
    let with = "\n        with:\n          persist-credentials: false\n";
    for uses in [
        format!("uses:\t'actions/checkout@{OID}'\t# v4"),
        format!("\"uses\": \"actions/checkout@{OID}\"   # v4 # more"),
        format!("uses : actions/checkout@{OID}  "),
        format!("uses:\n          actions/checkout@{OID} # v4"),
    ] {
        let text = format!("      # before\n      - {uses}\n      # behind\n      - run: ls\n");
        assert_eq!(
            repaired(&text),
            text.replacen(&format!("{uses}\n"), &format!("{uses}{with}"), 1),
            "{uses:?}"
        );
    }
}

#[test]
fn flow_mappings_of_every_shape_get_the_input() {
    for (old, new) in [
        ("{uses: CHECKOUT }", "{uses: CHECKOUT, with: {persist-credentials: false} }"),
        ("{\"uses\":\"CHECKOUT\"}", "{\"uses\":\"CHECKOUT\", with: {persist-credentials: false}}"),
        ("{uses: CHECKOUT, name: x}", "{uses: CHECKOUT, with: {persist-credentials: false}, name: x}"),
        (
            "{name: x, # y\n         uses: CHECKOUT}",
            "{name: x, # y\n         uses: CHECKOUT, with: {persist-credentials: false}}",
        ),
    ] {
        let step = |form: &str| {
            format!("      - {}\n", form.replace("CHECKOUT", &format!("actions/checkout@{OID}")))
        };
        assert_eq!(repaired(&step(old)), step(new), "{old}");
    }
}

#[test]
fn crlf_lines_are_kept() {
    let text = format!("      - uses: actions/checkout@{OID}\r\n      - run: ls\r\n");
    let expected = text.replacen("\r\n", "\r\n        with:\r\n          persist-credentials: false\r\n", 1);
    assert_eq!(repaired(&text), expected);
}

#[test]
fn last_line_without_a_line_end_gets_one() {
    let text = format!("{}      - uses: actions/checkout@{OID} # v4", job(""));
    for (text, eol) in [(text.clone(), "\n"), (text.replace('\n', "\r\n"), "\r\n")] {
        let expected = format!("{text}{eol}        with:{eol}          persist-credentials: false");
        assert_eq!(fixed(&KnownPins::default(), &[], false, &text), expected);
    }
}

#[test]
fn empty_inputs_get_the_first_one() {
    let step = |with: &str| format!("      - uses: actions/checkout@{OID}\n        with:{with}\n");
    let input = "\n          persist-credentials: false";
    for (with, expected) in [
        ("", input.to_owned()),
        (" # none", format!("{input} # none")),
        (" {}", " {persist-credentials: false}".to_owned()),
    ] {
        assert_eq!(repaired(&step(with)), step(&expected), "{with}");
    }
}

#[test]
fn uncertain_repairs_are_not_made() {
    for steps in [
        format!("      - uses: actions/checkout@{OID}\n        with: ${{{{ x }}}}\n"),
        format!("      - uses: actions/checkout@{OID}"),
        format!("      - ? uses\n        : actions/checkout@{OID}\n"),
        format!("      - uses: &c actions/checkout@{OID}\n      - name: x\n        uses: *c\n"),
        format!("      - uses: actions/checkout@{OID} # git-gate: allow[persisted-credentials] it pushes\n"),
    ] {
        let now = repaired(&steps);
        assert!(now == steps || now.contains("persist-credentials: false"), "{steps}");
        let twice = repaired(&now);
        assert_eq!(twice, now, "a second repair changes nothing more");
    }
}

#[test]
fn known_version_is_pinned_and_labelled() {
    for (old, new) in [
        ("some/action@v4.2.2", format!("some/action@{OID} # v4.2.2")),
        ("Some/Action/path@v4.2.2", format!("Some/Action/path@{OID} # v4.2.2")),
        ("'some/action@4.2.2'  ", format!("'some/action@{OID}' # 4.2.2  ")),
        ("some/action@v4 # keep", format!("some/action@{OID} # v4 keep")),
        ("some/action@v4.2.2 # v4.2.2", format!("some/action@{OID} # v4.2.2")),
        ("some/action@v4 # v4", format!("some/action@{OID} # v4")),
    ] {
        let steps = |uses: &str| format!("      - uses: {uses}\n      - run: ls\n");
        assert_eq!(repaired_with(&known(), &steps(old)), steps(&new), "{old}");
    }
}

#[test]
fn unknown_and_ambiguous_versions_are_kept() {
    for uses in [
        "some/action@v5",
        "some/action@main",
        "two/oids@v1",
        "other/action@v4",
        "\"some/action@v\\x34\"",
        "&a some/action@v4",
    ] {
        let steps = format!("      - uses: {uses}\n");
        assert_eq!(repaired_with(&known(), &steps), steps, "{uses}");
    }
    let line = "      - parallel: [{uses: some/action@v4}, {uses: some/action@v4.2.2}]\n";
    assert_eq!(repaired_with(&known(), line), line, "one comment cannot speak of two");
}

#[test]
fn lock_file_supplies_oids() {
    let mut known = KnownPins::default();
    let entry = |name: &str, oid: &str| [(name.to_owned(), oid.to_owned())].into();
    known.learn_lock(&entry("some/action@v1", OID)).unwrap();
    let steps = "      - uses: some/action@v1\n";
    assert_eq!(repaired_with(&known, steps), format!("      - uses: some/action@{OID} # v1\n"));
    for (name, oid) in [("some/action", OID), ("some/action@v1", "v1"), ("./x", OID)] {
        assert!(known.learn_lock(&entry(name, oid)).is_err(), "{name}: {oid}");
    }
}

#[test]
fn repair_may_not_add_a_problem_of_any_rule() {
    let found = |id: &str| -> RuleProblem {
        let rule = RULES.iter().find(|rule| rule.meta.id == id).unwrap();
        let place = WorkflowPlace { span: None, key: None, uses: None, shared: None };
        (&rule.meta, WorkflowProblem { message: String::new(), help: None, notes: Vec::new(), place })
    };
    let edit = Edit { span: Span { start: 0, end: 0 }, text: Vec::new(), repairs: "unpinned-uses" };
    for rule in RULES.iter().filter(|rule| rule.meta.group == Group::Workflow) {
        let (id, edits) = (rule.meta.id, std::slice::from_ref(&edit));
        let before = [found("unpinned-uses"), found(id)];
        assert!(is_better(&before, &[found(id)], edits), "{id} is no worse");
        assert!(!is_better(&before, &[found(id), found(id)], edits), "{id} is worse");
        assert!(!is_better(&before, &before, edits), "{id}: nothing is repaired");
    }
}

#[test]
fn one_step_may_need_both_repairs() {
    let steps = "      - uses: some/action@v4.2.2\n      - uses: actions/checkout@v4\n";
    let mut known = known();
    known.learn(&document(&job(&format!("      - uses: actions/checkout@{OID} # v4\n"))));
    let with = "\n        with:\n          persist-credentials: false\n";
    let expected =
        format!("      - uses: some/action@{OID} # v4.2.2\n      - uses: actions/checkout@{OID} # v4{with}");
    assert_eq!(repaired_with(&known, steps), expected);
    assert_eq!(repaired_with(&known, &expected), expected);
}

#[test]
fn repair_that_does_not_work_drops_only_itself() {
    let known = known();
    // The second one is anchored and gets its input, the alias would need one of its own.
    let steps = format!(
        "      - uses: &c actions/checkout@{OID} # v4\n      - name: x\n        uses: *c\n      - uses: some/action@v4.2.2\n"
    );
    assert!(
        repaired_with(&known, &steps).contains(&format!("some/action@{OID} # v4.2.2")),
        "{}",
        repaired_with(&known, &steps)
    );
}

#[test]
fn label_is_added_where_the_version_is_known() {
    for (old, new) in [
        ("some/action@OID", "some/action@OID # v4.2.2"),
        ("some/action/sub@OID # pinned", "some/action/sub@OID # v4.2.2 pinned"),
        ("other/action@OID", "other/action@OID"),
    ] {
        let steps = |uses: &str| format!("      - uses: {}\n", uses.replace("OID", OID));
        assert_eq!(repaired_with(&known(), &steps(old)), steps(new), "{old}");
    }
}

#[test]
fn short_tag_is_pinned_to_a_known_release_only_when_asked() {
    let steps = |uses: &str| job(&format!("      - uses: {uses}\n"));
    let mut known = KnownPins::default();
    let other = OID.replace('1', "2");
    known.learn(&document(&job(&format!(
        "      - uses: some/action@{OID} # v6.4.0\n      - uses: some/action@{other} # v6.10.0\n"
    ))));
    let old = steps("some/action@v6");
    assert_eq!(fixed(&known, &[], false, &old), old);
    assert_eq!(fix(&known, &[], false, &old).doubtful, 1);
    assert_eq!(fixed(&known, &[], true, &old), steps(&format!("some/action@{other} # v6.10.0")));
    let later = steps("some/action@v7");
    assert_eq!(fixed(&known, &[], true, &later), later);
}

#[test]
fn tags_of_a_repository_count_more_than_labels() {
    let mut known = known();
    let other = OID.replace('1', "2");
    let tag = |tag: &str, oid: &str| (tag.to_owned(), oid.to_owned());
    known.learn_tags(
        "some/action",
        [tag("v4", &other), tag("v4.3.0", &other), tag("latest", &other), tag("v3", OID)].into(),
    );
    for (old, new) in [
        ("some/action@v4", format!("some/action@{other} # v4.3.0")),
        ("some/action@latest", format!("some/action@{other} # v4.3.0")),
        ("some/action@v4.2.2", "some/action@v4.2.2".to_owned()),
        ("some/action@main", "some/action@main".to_owned()),
    ] {
        let steps = |uses: &str| format!("      - uses: {uses}\n");
        assert_eq!(repaired_with(&known, &steps(old)), steps(&new), "{old}");
    }
}

#[test]
fn comment_with_another_version_is_left_to_a_person() {
    let pin =
        |comment: &str| repaired_with(&known(), &format!("      - uses: some/action@v4.2.2{comment}\n"));
    assert!(pin(" # v4.1.0").contains("@v4.2.2 # v4.1.0"));
    assert!(pin(" #latest").contains(&format!("@{OID} # v4.2.2 latest")));
}

#[test]
fn generated_file_is_left_and_named() {
    let text = format!(
        "# generated by ci.ts, do not edit\n{}",
        job(&format!("      - uses: actions/checkout@{OID}\n"))
    );
    let fix = fix(&KnownPins::default(), &[], true, &text);
    assert!(fix.repaired.is_none() && fix.is_generated && !fix.left.is_empty());
}
