//! SBOMs of pushed images.

use super::images::{images, workflow};

#[test]
fn the_sbom_must_be_of_the_pushed_image() {
    for (with, step, good) in [
        ("sbom: true", "run: x", true),
        ("sbom: false", "run: x", false),
        ("attests: 'type=sbom'", "run: x", true),
        ("set: '*.attest=type=sbom'", "run: x", true),
        ("sbom: \"${{ false }}\"", "run: x", false),
        ("x: y", "uses: anchore/sbom-action@v0, with: {image: x}", true),
        ("x: y", "uses: anchore/sbom-action@v0, with: {path: .}", false),
        ("x: y", "uses: actions/attest-sbom@v2, with: {sbom-path: x}", true),
        ("x: y", "run: cosign attest --type cyclonedx x", true),
        ("x: y", "run: cosign attest --type slsaprovenance x", false),
        ("x: y", "run: cosign attach sbom --sbom x y", true),
        ("x: y", "run: syft x", true),
        ("x: y", "run: 'syft dir:.'", false),
        ("sbom: \"${{ inputs.sbom }}\"", "run: x", true),
        ("x: y", "uses: actions/attest@v2, with: {sbom-path: x}", true),
        ("x: y", "uses: actions/attest-build-provenance@v2, with: {subject-name: x}", false),
        ("x: y", "uses: aquasecurity/trivy-action@v1, with: {image-ref: x, format: cyclonedx}", true),
        ("x: y", "uses: aquasecurity/trivy-action@v1, with: {image-ref: x, format: table}", false),
        ("x: y", "run: cosign attest --type spdxjson x", true),
        ("x: y", "run: docker sbom x", true),
        ("x: y", "run: 'bom generate -o x --image y'", true),
        ("x: y", "run: 'bom generate -o x .'", false),
        ("x: y", "run: 'trivy image --format cyclonedx x'", true),
        ("x: y", "run: 'trivy fs --format cyclonedx .'", false),
        ("x: y", "if: false, run: syft x", false),
    ] {
        let build = format!("- {{id: b, uses: docker/build-push-action@v6, with: {{push: true, {with}}}}}\n");
        let found = images(&workflow(&format!("{build}- {{{step}}}")), &[]);
        assert_eq!(!found.contains(&"missing-sbom"), good, "{with} {step}");
    }
}

#[test]
fn a_push_command_may_create_the_sbom() {
    for (command, good) in [
        ("docker buildx build --push --sbom=true .", true),
        ("docker buildx build --push --sbom .", true),
        ("docker buildx build --push --attest type=sbom .", true),
        ("docker buildx build --push --sbom=false .", false),
        ("docker buildx build --push .", false),
        ("ko build ./x", true),
        ("ko build --sbom=none ./x", false),
        ("apko publish x y", true),
        ("helm push x.tgz oci://y", true),
        ("flux push artifact oci://y", true),
        ("oras push x", true),
        ("oras cp x y", false),
        ("docker buildx imagetools create -t x y", true),
        ("docker manifest push x", true),
        ("crane cp x y", true),
        ("regctl image copy ocidir://x y", false),
        ("skopeo copy docker-daemon:x docker://y", false),
    ] {
        let found = images(&workflow(&format!("- run: '{command}'")), &[]);
        assert_eq!(!found.contains(&"missing-sbom"), good, "{command}");
    }
}

#[test]
fn the_sbom_must_name_its_image_among_several() {
    let push = |image: &str| {
        format!("- {{uses: docker/build-push-action@v6, with: {{push: true, tags: 'q.io/{image}:1'}}}}\n")
    };
    for (named, expected) in
        [("- run: syft q.io/a", 1), ("- run: syft q.io/a\n- run: syft q.io/b", 0), ("- run: syft x", 2)]
    {
        let found = images(&workflow(&format!("{}{}{named}", push("a"), push("b"))), &[]);
        assert_eq!(found.iter().filter(|rule| **rule == "missing-sbom").count(), expected, "{named}");
    }
}

#[test]
fn a_joined_image_has_the_sboms_of_its_parts() {
    for (sbom, expected) in [("sbom: true", &[][..]), ("sbom: false", &["missing-sbom"])] {
        let text = format!(
            "permissions: {{id-token: write}}\njobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with: \
             {{{sbom}, outputs: 'type=image,push-by-digest=true,push=true'}}\n  b:\n    steps:\n      - run: |\n          docker \
             buildx imagetools create -t q.io/a q.io/a@sha256:x\n          cosign sign --yes q.io/a@$DIGEST\n"
        );
        assert_eq!(images(&text, &[]), expected, "{sbom}");
    }
}
