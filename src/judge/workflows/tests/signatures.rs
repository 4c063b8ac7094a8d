//! Signatures of pushed images: by digest, without a key, and reached.

use super::images::{BUILD, images, workflow};

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
        ("run: 'cosign sign -key k x@${{ steps.b.outputs.digest }}'", false),
        ("run: 'cosign sign --sk x@${{ steps.b.outputs.digest }}'", false),
        ("run: 'cosign sign --key env://COSIGN_KEY x@${{ steps.b.outputs.digest }}'", false),
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
    for place in ["    permissions", "jobs"] {
        let indent = &place[..place.len() - place.trim_start().len()];
        let text = signed.replacen(place, &format!("{indent}env: {{COSIGN_KEY: k}}\n{place}"), 1);
        assert_eq!(images(&text, &[]), ["unsigned-image"], "{text}");
    }
    let inherited = signed.replace("    permissions: {id-token: write}\n", "");
    let inherited = format!("permissions: {{id-token: write}}\n{inherited}");
    assert_eq!(images(&inherited, &[]), [""; 0], "{inherited}");
    let overridden = inherited.replace("  a:\n", "  a:\n    permissions: {contents: read}\n");
    assert_eq!(images(&overridden, &[]), ["unsigned-image"], "{overridden}");
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
fn any_digest_counts_after_a_push_without_a_digest() {
    const SIGN: &str = "- run: 'cosign sign -y x@$(crane digest x)'";
    for (push, expected) in [
        ("run: docker push x", &["missing-sbom"][..]),
        ("uses: noelware/docker-manifest-action@v1, with: {push: true}", &[]),
    ] {
        assert_eq!(images(&workflow(&format!("- {{{push}}}\n{SIGN}")), &[]), expected, "{push}");
        assert!(
            images(&workflow(&format!("{SIGN}\n- {{{push}}}")), &[]).contains(&"unsigned-image"),
            "{push}"
        );
    }
    assert_eq!(images(&workflow(&format!("{BUILD}{SIGN}")), &[]), ["unsigned-image"]);
}

#[test]
fn every_push_needs_its_own_signature() {
    let second = BUILD.replace("id: b", "id: c");
    let sign = |id: &str| format!("- run: 'cosign sign x@${{{{ steps.{id}.outputs.digest }}}}'\n");
    assert_eq!(images(&workflow(&format!("{BUILD}{second}{}", sign("b"))), &[]), ["unsigned-image"]);
    assert!(images(&workflow(&format!("{BUILD}{second}{}{}", sign("b"), sign("c"))), &[]).is_empty());
}

#[test]
fn a_local_action_signs_its_input() {
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
fn another_job_may_sign_the_digest_it_receives() {
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

/// Digest that the step of [`BUILD`] has pushed.
const DIGEST: &str = "${{ steps.b.outputs.digest }}";

/// Returns the steps that build an image and run a script.
fn build_and_run(script: &str) -> String {
    let script = script.replace("%S", &format!("cosign sign --yes x@{DIGEST}"));
    let lines: String = script.lines().map(|line| format!("    {line}\n")).collect();
    format!("{BUILD}- run: |\n{lines}")
}

#[test]
fn a_signature_that_is_not_reached_is_none() {
    for (script, signed) in [
        ("%S", true),
        ("set -eu\nif [ \"$A\" = b ]; then\n  %S\nfi", true),
        ("sign() { %S; }\nsign", true),
        ("retry 3 %S", true),
        ("a || exit 1\n%S 2>&1 | tee log", true),
        ("exit 0\n%S", false),
        ("if false; then %S; fi", false),
        ("false && %S", false),
        ("true || %S", false),
        ("sign() { %S; }", false),
        ("cosign() { true; }\n%S", false),
        ("cat <<EOF\n%S\nEOF", false),
        ("cat <<EOF\n EOF\n%S\nEOF", false),
        ("sudo echo %S", false),
        ("exit 1\n%S", false),
        ("%S --upload=false", false),
        ("%S --upload=0", false),
        ("%S --help", false),
    ] {
        let found = images(&workflow(&build_and_run(script)), &[]);
        assert_eq!(!found.contains(&"unsigned-image"), signed, "{script}");
    }
}

#[test]
fn a_script_of_powershell_is_not_read_as_one_of_sh() {
    let script = "x\nif ($LASTEXITCODE -ne 0) { exit 1 }\n%S";
    for (runner, shell, signed) in [
        ("runs-on: windows-latest", "", true),
        ("runs-on: [self-hosted, Windows]", "", true),
        ("runs-on: ubuntu-latest", "\n  shell: pwsh", true),
        ("strategy: {matrix: {os: [windows-2022]}}\n    runs-on: '${{ matrix.os }}'", "", true),
        (
            "strategy: {matrix: {os: [windows-2022, ubuntu-24.04]}}\n    runs-on: '${{ matrix.os }}'",
            "",
            false,
        ),
        ("runs-on: ubuntu-latest", "", false),
        ("runs-on: windows-latest", "\n  shell: bash", false),
    ] {
        let text = workflow(&format!("{}{shell}", build_and_run(script).trim_end()));
        let text = text.replace("    permissions:", &format!("    {runner}\n    permissions:"));
        assert_eq!(!images(&text, &[]).contains(&"unsigned-image"), signed, "{text}");
    }
}

#[test]
fn a_step_or_a_job_that_never_runs_signs_nothing() {
    let sign = format!("cosign sign --yes x@{DIGEST}");
    for (keys, signed) in [
        ("if: true", true),
        ("if: github.ref == 'x'", true),
        ("if: always()", true),
        ("if: '!cancelled()'", true),
        ("shell: bash -eo pipefail {0}", true),
        ("if: false", false),
        ("if: ${{ false }}", false),
        ("if: ${{ !true }}", false),
        ("if: 0", false),
        ("if: false && x", false),
        ("if: fromJSON('false')", false),
        ("if: failure()", false),
        ("if: cancelled()", false),
        ("shell: bash -n {0}", false),
        ("shell: bash --version {0}", false),
        ("shell: nix develop -c bash -e {0}", true),
        ("shell: pwsh", true),
        ("shell: ${{ matrix.shell }}", true),
        ("shell: env {0}", false),
        ("shell: wc {0}", false),
        ("shell: cat {0}", false),
        ("shell: python", false),
    ] {
        let text = workflow(&format!("{BUILD}- {{{keys}, run: '{sign}'}}", sign = sign.replace('\'', "")));
        let text =
            text.replace(&format!("{{{keys}, run"), &format!("{keys}\n        run")).replace("'}", "'");
        assert_eq!(!images(&text, &[]).contains(&"unsigned-image"), signed, "{text}");
    }
    let fails = |keys: &str| format!("{BUILD}- run: exit 1\n{keys}- run: {sign}\n");
    assert!(images(&workflow(&fails("")), &[]).contains(&"unsigned-image"));
    assert!(!images(&workflow(&fails("  continue-on-error: true\n")), &[]).contains(&"unsigned-image"));
    let head = "jobs:\n  a:\n    outputs: {d: \"${{ steps.b.outputs.digest }}\"}\n    steps:\n      ";
    for (keys, signed) in [
        ("needs: a", true),
        ("needs: [a, off], if: always()", true),
        ("needs: [a, off]", false),
        ("needs: a, if: false", false),
        ("needs: a, if: failure()", false),
    ] {
        let steps = "steps: [{run: 'cosign sign x@${{ needs.a.outputs.d }}'}]";
        let job = format!("  c: {{{keys}, permissions: {{id-token: write}}, {steps}}}\n");
        let text = format!("{head}{BUILD}{job}  off: {{if: false, steps: []}}\n");
        assert_eq!(images(&text, &[]).is_empty(), signed, "{keys}");
    }
}

#[test]
fn a_push_that_never_runs_needs_no_signature() {
    for (condition, pushes) in [("false", false), ("${{ !true }}", false), ("failure()", true), ("x", true)] {
        let step = BUILD.replace("{id", &format!("{{if: \"{condition}\", id"));
        assert_eq!(!images(&workflow(&step), &[]).is_empty(), pushes, "{condition}");
        let job = workflow(BUILD).replace("    steps", &format!("    if: \"{condition}\"\n    steps"));
        assert_eq!(!images(&job, &[]).is_empty(), pushes, "{condition}");
    }
}

#[test]
fn a_key_in_any_form_is_one() {
    for (script, signed) in [
        ("%S", true),
        ("COSIGN_KEY=k cosign verify x\n%S", true),
        ("cosign verify --key k x\n%S", true),
        ("FLAGS=--recursive\n%S $FLAGS", true),
        ("export COSIGN_KEY=k\n%S", false),
        ("COSIGN_KEY=k\nexport COSIGN_KEY\n%S", false),
        ("declare -x COSIGN_KEY=k\n%S", false),
        ("echo COSIGN_KEY=k >> $GITHUB_ENV\n%S", false),
        ("echo 'COSIGN_KEY<<E' >> $GITHUB_ENV\n%S", false),
        ("COSIGN_KEY=k %S", false),
        ("env COSIGN_KEY=k %S", false),
        ("FLAGS='--yes --key k'\n%S $FLAGS", false),
        ("FLAGS=--key=k\n%S ${FLAGS}", false),
        ("args=(--key k)\n%S \"${args[@]}\"", false),
        ("set -- --sk\n%S \"$@\"", false),
    ] {
        let found = images(&workflow(&build_and_run(script)), &[]);
        assert_eq!(!found.contains(&"unsigned-image"), signed, "{script}");
    }
    let by_env = format!("{BUILD}- {{run: 'cosign sign $FLAGS x@{DIGEST}', env: {{FLAGS: --key k}}}}\n");
    assert_eq!(images(&workflow(&by_env), &[]), ["unsigned-image"]);
    let before = format!("- run: echo COSIGN_KEY=k >> $GITHUB_ENV\n{}", build_and_run("%S"));
    assert_eq!(images(&workflow(&before), &[]), ["unsigned-image"]);
}
