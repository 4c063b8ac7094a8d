//! Documents that are meant to exhaust memory or time.

use super::{CLEAN, found};

#[test]
fn bombs_are_refused_in_bounded_memory() {
    let mut laughs = "x: &a0 [a, a, a, a, a, a, a, a, a]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}, ", level - 1).repeat(9);
        laughs.push_str(&format!("x{level}: &a{level} [{below}]\n"));
    }
    let deep = format!("a: {}{}", "[".repeat(10_000), "]".repeat(10_000));
    let blocks = (0..10_000).map(|depth| format!("{}a:\n", " ".repeat(depth % 1000))).collect::<String>();
    let large = format!("a: {}", "x".repeat(1 << 20));
    let long = format!("a: [{}]", "x, ".repeat(300_000));
    let replayed = format!("a: &a {}\nb: [{}]", "x".repeat(400_000), "*a, ".repeat(100_000));
    let directives = format!("{}--- {{}}", "%TAG !a! b\n".repeat(50_000));
    for (name, text) in [
        ("laughs", laughs),
        ("deep", deep),
        ("blocks", blocks),
        ("large", large),
        ("long", long),
        ("replayed", replayed),
        ("directives", directives),
    ] {
        let found = found(text);
        assert!(found.iter().any(|line| line.starts_with("unreadable-workflow")), "{name}: {found:?}");
    }
    assert_eq!(found(format!("# {}\njobs: {{}}\n", "x".repeat(1 << 19))), CLEAN, "a long line is no bomb");
}

#[test]
fn a_long_replayed_value_needs_bounded_memory() {
    let value = "x".repeat(500_000);
    let text =
        format!("env: {{A: &u {value}}}\njobs: {{a: {{steps: [{}]}}}}\n", "{uses: *u}, ".repeat(10_000));
    let unpinned = found(text).into_iter().filter(|line| line.starts_with("unpinned-uses"));
    assert_eq!(unpinned.count(), 10_000);
}

/// Each of these once took minutes, because every lookup began at the start of the line again.
#[test]
fn many_marks_on_one_line_take_linear_time() {
    let jobs = "jobs: {a: {steps: []}}";
    let marks = format!("{jobs}\nx: [{}]\n", "'#git-gate:', ".repeat(40_000));
    assert_eq!(found(marks), CLEAN);
    assert_eq!(found(format!("{jobs} # {}\n", "git-gate: ".repeat(90_000))), CLEAN);
    assert_eq!(found(format!("{jobs} # {}\n", "\u{1}".repeat(900_000))), CLEAN);
    let breaks = found(format!("{jobs} # {}\n", "\u{85}#".repeat(200_000)));
    assert_eq!(breaks.len(), 100, "as many as are shown");
}

/// Returns a job whose steps push and sign in turn.
fn pushing_and_signing(count: usize) -> String {
    let push =
        "uses: docker/build-push-action@v6\n    with: {push: true, tags: 'r.example/a/b:1', sbom: true}";
    let steps = (0..count).map(|number| {
        let sign = format!("cosign sign --yes r.example/a/b@${{{{ steps.s{number}.outputs.digest }}}}");
        format!("  - id: s{number}\n    {push}\n  - run: {sign}\n")
    });
    let head = "on: push\npermissions: {id-token: write}\njobs:\n a:\n  steps:\n";
    format!("{head}{}", steps.collect::<String>())
}

fn of_images(text: String) -> Vec<String> {
    found(text).into_iter().filter(|line| !line.starts_with("unpinned-uses")).collect()
}

/// Each push was once compared with each signature of the file.
#[test]
fn one_unsigned_image_among_thousands_is_found() {
    let text = pushing_and_signing(3000);
    assert_eq!(of_images(text.clone()), CLEAN);
    let unsigned = text.replace("steps.s1234.", "steps.s1233.");
    assert_eq!(of_images(unsigned), [format!("unsigned-image:{}", 6 + 1234 * 4 + 1)]);
}

#[test]
fn one_image_without_sbom_among_thousands_is_found() {
    let step = |number| {
        format!(
            "  - {{uses: docker/build-push-action@v6, with: {{push: true, tags: 'r.example/a/b{number}-x:1'}}}}\n  \
             - run: cosign sign --yes r.example/a/b@$DIGEST; syft r.example/a/b{number}-x\n"
        )
    };
    let steps: String = (0..2000).map(step).collect();
    let text = format!("on: push\npermissions: {{id-token: write}}\njobs:\n a:\n  steps:\n{steps}");
    let sboms = |text| {
        let found = of_images(text).into_iter();
        found.filter(|line| line.starts_with("missing-sbom")).collect::<Vec<_>>()
    };
    assert_eq!(sboms(text.clone()), CLEAN);
    assert_eq!(
        sboms(text.replace("syft r.example/a/b1234-x", "true")),
        [format!("missing-sbom:{}", 6 + 2468)]
    );
}

/// Each job signs the digest of the job listed after it, which passes through a step and a job output.
#[test]
fn signatures_are_found_through_a_long_chain_of_jobs() {
    let job = |number: usize| {
        format!(
            " j{number}:\n  outputs: {{d: '${{{{ steps.t.outputs.d }}}}'}}\n  steps:\n  - id: s\n    \
             uses: docker/build-push-action@v6\n    with: {{push: true, sbom: true}}\n  - {{id: t, run: 'echo \
             ${{{{ steps.s.outputs.digest }}}}'}}\n  - run: cosign sign --yes r@${{{{ needs.j{}.outputs.d }}}}\n",
            number + 1
        )
    };
    let jobs: String = (0..1500).map(job).collect();
    let found = of_images(format!("on: push\npermissions: {{id-token: write}}\njobs:\n{jobs}"));
    assert_eq!(found, ["unsigned-image:8"], "nobody signs what the first job pushes");
}

#[test]
fn one_remote_registry_among_many_variables_is_found() {
    let variables: String = (0..5000).map(|number| format!(" V{number}: localhost:5000/x\n")).collect();
    let pushes: String = (0..5000).map(|number| format!("     docker push $V{number}\n")).collect();
    let text =
        format!("on: push\nenv:\n{variables} W: r.example/x\njobs:\n a:\n  steps:\n  - run: |\n{pushes}");
    assert_eq!(found(text.clone()), CLEAN);
    let away = found(text.replace("docker push $V4321\n", "docker push $W\n"));
    assert_eq!(away, ["unsigned-image:5007", "missing-sbom:5007"]);
}

#[test]
fn each_of_thousands_of_passwords_is_found_once() {
    let step = |number| format!("  - run: docker login -p ${{{{ secrets.P{number} }}}}\n");
    let steps: String = (0..4000).map(step).collect();
    let text = format!(
        "on: push\njobs:\n a:\n  steps:\n{steps}  - run: x ${{{{ secrets.p1 }}}} ${{{{ secrets.q }}}}\n"
    );
    let found = found(text);
    assert_eq!(found.len(), 4000, "each once, and none that is no password");
    assert!(found.iter().all(|line| line.starts_with("unprotected-secret")));
}

/// The size of the expanded steps is bounded for the whole file; a job beyond it counts as pushing.
#[test]
fn a_job_beyond_the_size_bound_counts_as_pushing() {
    let value = "x".repeat(500_000);
    let jobs: String = (1..20).map(|number| format!(" j{number}: {{steps: [{{run: *u}}]}}\n")).collect();
    let pushes = " j0: {steps: [{run: docker push a/b}]}\n";
    let found = found(format!("on: push\nenv: {{A: &u {value}}}\njobs:\n{pushes}{jobs}"));
    let unsigned: Vec<&String> = found.iter().filter(|line| line.starts_with("unsigned-image")).collect();
    let expected: Vec<String> =
        [4].into_iter().chain(14..24).map(|line| format!("unsigned-image:{line}")).collect();
    assert_eq!(unsigned, expected.iter().collect::<Vec<_>>(), "nine fit");
}
