//! What pushes an image, and what signs it and lists what is in it.

use super::super::exempt::Judgement;
use super::super::reading::judge;
use crate::policy::Policy;
use crate::workflow::{Document, LocalAction, scope};

/// The rules of the two about images that find something in a workflow.
fn images(text: &str, actions: &[(&str, &str)]) -> Vec<&'static str> {
    let mut documents = Document::read(text.as_bytes(), scope(b".github/workflows/x.yml").unwrap());
    for (uses, text) in actions {
        let action = Document::read(text.as_bytes(), scope(b"action.yml").unwrap()).pop().unwrap();
        documents[0].actions.push(LocalAction { uses: (*uses).to_owned(), model: action.model });
    }
    let judgements = judge(&Policy::default(), &"x".into(), &documents);
    let rule = |judgement: &Judgement| match judgement {
        Judgement::Found(rule, _) if ["unsigned-image", "missing-sbom"].contains(&rule.id) => Some(rule.id),
        _ => None,
    };
    judgements.iter().filter_map(rule).collect()
}

fn workflow(steps: &str) -> String {
    let steps: String = steps.lines().map(|line| format!("      {line}\n")).collect();
    format!("jobs:\n  a:\n    permissions: {{id-token: write}}\n    steps:\n{steps}")
}

const BUILD: &str = "- {id: b, uses: docker/build-push-action@v6, with: {push: true, sbom: true}}\n";

#[test]
fn every_way_of_pushing_is_seen() {
    for (step, pushes) in [
        ("uses: docker/build-push-action@v6, with: {push: true}", true),
        ("uses: docker/build-push-action@v6, with: {push: \"${{ github.event_name != 'x' }}\"}", true),
        ("uses: docker/build-push-action@v6, with: {outputs: 'type=image,push=true'}", true),
        ("uses: docker/build-push-action@v6, with: {outputs: type=registry}", true),
        ("uses: docker/build-push-action@v6, with: {outputs: 'type=docker,dest=x'}", false),
        ("uses: docker/build-push-action@v6, with: {push: 'False'}", false),
        ("uses: docker/build-push-action@v6", false),
        ("uses: docker/bake-action@v6, with: {set: '*.output=type=registry'}", true),
        ("run: docker push x", true),
        ("run: docker buildx build --push .", true),
        ("run: docker buildx build .", false),
        ("run: docker buildx build -o type=registry .", true),
        ("run: docker buildx bake --push", true),
        ("run: docker buildx imagetools create -t x y", true),
        ("run: crane cp a b", true),
        ("run: 'skopeo copy docker://a docker://b'", true),
        ("run: 'skopeo copy docker://a oci:b'", false),
        ("run: ko build ./cmd", true),
        ("run: ko build --local ./cmd", false),
        ("run: buildah push x", true),
        ("run: 'podman push x docker-archive:y'", false),
        ("run: oras push x", true),
        ("run: 'helm push x.tgz oci://y'", true),
        ("run: helm push x.tgz chartmuseum", false),
        ("run: echo docker push x", false),
        ("uses: goreleaser/goreleaser-action@v6, with: {args: release}", false),
    ] {
        assert_eq!(
            images(&workflow(&format!("- {{{step}}}")), &[]).contains(&"unsigned-image"),
            pushes,
            "{step}"
        );
    }
    let release =
        "- uses: docker/login-action@v3\n- {uses: goreleaser/goreleaser-action@v6, with: {args: release}}";
    assert!(images(&workflow(release), &[]).contains(&"unsigned-image"));
    assert!(
        !images(&workflow(&release.replace("release}", "release --snapshot}")), &[])
            .contains(&"unsigned-image")
    );
}

#[test]
fn only_a_keyless_signature_of_the_digest_counts() {
    const GOOD: &str = "run: 'cosign sign -y x@${{ steps.b.outputs.digest }}'";
    for (step, good) in [
        (GOOD, true),
        (
            "run: 'for t in $T; do i+=\"$t@$D \"; done; cosign sign $i', env: {D: \"${{ steps.b.outputs.digest }}\"}",
            true,
        ),
        ("run: 'echo $T | xargs -I {} cosign sign -y {}@${{ steps.b.outputs.digest }}'", true),
        ("run: 'cosign sign --key k x@${{ steps.b.outputs.digest }}'", false),
        ("run: 'cosign sign --key=k x@${{ steps.b.outputs.digest }}'", false),
        ("run: 'cosign sign x@${{ steps.b.outputs.digest }}', env: {COSIGN_KEY: k}", false),
        ("run: 'COSIGN_KEY=k cosign sign x@${{ steps.b.outputs.digest }}'", false),
        ("run: 'cosign sign x@${{ steps.other.outputs.digest }}'", false),
        ("run: 'cosign sign x:latest'", false),
        ("run: 'echo cosign sign x@${{ steps.b.outputs.digest }}'", false),
        ("run: '# cosign sign x@${{ steps.b.outputs.digest }}'", false),
        ("run: 'cosign sign-blob x@${{ steps.b.outputs.digest }}'", false),
        ("if: false, run: 'cosign sign x@${{ steps.b.outputs.digest }}'", false),
    ] {
        let text = workflow(&format!("{BUILD}- {{{step}}}"));
        let expected: &[&str] = if good { &[] } else { &["unsigned-image"] };
        assert_eq!(images(&text, &[]), expected, "{step}");
    }
    let signed = workflow(&format!("{BUILD}- {{{GOOD}}}"));
    for (permissions, good) in [
        ("{id-token: write}", true),
        ("write-all", true),
        ("{id-token: read}", false),
        ("{}", false),
        ("read-all", false),
    ] {
        let text = signed.replace("{id-token: write}", permissions);
        assert_eq!(images(&text, &[]).is_empty(), good, "{permissions}");
    }
}

#[test]
fn each_pushed_step_is_signed() {
    let second = BUILD.replace("id: b", "id: c");
    let sign = |id: &str| format!("- run: 'cosign sign x@${{{{ steps.{id}.outputs.digest }}}}'\n");
    assert_eq!(images(&workflow(&format!("{BUILD}{second}{}", sign("b"))), &[]), ["unsigned-image"]);
    assert!(images(&workflow(&format!("{BUILD}{second}{}{}", sign("b"), sign("c"))), &[]).is_empty());
}

#[test]
fn a_local_action_signs_what_it_is_given() {
    let action = "inputs: {image: {}}\nruns:\n  steps:\n    - run: |\n        f() { cosign sign -y \"$1\"; }\n        f \
                  \"${{ inputs.image }}\"\n    - run: cosign attest --type spdxjson ${{ inputs.image }}\n";
    let build = BUILD.replace(", sbom: true", "");
    for uses in ["./.github/actions/cosign", "./../base/.github/actions/cosign"] {
        let call =
            |image: &str| workflow(&format!("{build}- {{uses: {uses}, with: {{image: \"{image}\"}}}}"));
        let good = call("x@${{ steps.b.outputs.digest }}");
        assert!(images(&good, &[(uses, action)]).is_empty(), "{uses}");
        assert_eq!(images(&good, &[]), ["unsigned-image", "missing-sbom"], "{uses}");
        let tag = call("x:latest");
        assert_eq!(images(&tag, &[(uses, action)]), ["unsigned-image"], "{uses}");
    }
}

#[test]
fn an_sbom_is_of_the_pushed_image() {
    for (with, step, good) in [
        ("sbom: true", "run: x", true),
        ("sbom: false", "run: x", false),
        ("attests: 'type=sbom'", "run: x", true),
        ("x: y", "uses: anchore/sbom-action@v0, with: {image: x}", true),
        ("x: y", "uses: anchore/sbom-action@v0, with: {path: .}", false),
        ("x: y", "uses: actions/attest-sbom@v2, with: {sbom-path: x}", true),
        ("x: y", "run: cosign attest --type cyclonedx x", true),
        ("x: y", "run: cosign attest --type slsaprovenance x", false),
        ("x: y", "run: cosign attach sbom --sbom x y", true),
        ("x: y", "run: syft x", true),
        ("x: y", "run: 'syft dir:.'", false),
        ("x: y", "if: false, run: syft x", false),
    ] {
        let build = format!("- {{id: b, uses: docker/build-push-action@v6, with: {{push: true, {with}}}}}\n");
        let found = images(&workflow(&format!("{build}- {{{step}}}")), &[]);
        assert_eq!(!found.contains(&"missing-sbom"), good, "{with} {step}");
    }
}

#[test]
fn another_job_may_sign_the_digest_that_it_is_handed() {
    let head = "jobs:\n  a:\n    outputs: {d: \"${{ steps.b.outputs.digest }}\"}\n    steps:\n      ";
    for (job, good) in [
        ("permissions: {id-token: write}, steps: [{run: 'cosign sign x@${{ needs.a.outputs.d }}'}]", true),
        ("permissions: {id-token: write}, steps: [{run: 'cosign sign x@${{ needs.a.outputs.e }}'}]", false),
        ("steps: [{run: 'cosign sign x@${{ needs.a.outputs.d }}'}]", false),
    ] {
        let text = format!("{head}{BUILD}  c: {{needs: a, {job}}}\n");
        assert_eq!(images(&text, &[]).is_empty(), good, "{job}");
    }
}

#[test]
fn what_is_too_much_to_judge_counts_as_a_push() {
    let head = format!("env: {{A: &u {}}}\n", "x".repeat(100_000));
    let text = format!("{head}jobs: {{a: {{steps: [{}]}}}}\n", "{run: *u}, ".repeat(1_000));
    assert_eq!(images(&text, &[]), ["unsigned-image", "missing-sbom"]);
}
