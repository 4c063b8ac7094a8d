//! Signatures of pushed images by scripts of the tree, and in another order.

use super::images::{BUILD, images, images_in_tree, workflow};

#[test]
fn a_given_token_needs_no_permission() {
    for (option, expected) in [("--identity-token $T", &[][..]), ("--recursive", &["unsigned-image"])] {
        let sign = format!("- run: 'cosign sign {option} x@${{{{ steps.b.outputs.digest }}}}'\n");
        let text = workflow(&format!("{BUILD}{sign}")).replace("id-token: write", "contents: read");
        assert_eq!(images(&text, &[]), expected, "{option}");
    }
}

#[test]
fn a_script_of_the_tree_may_sign() {
    let makefile = "COSIGN ?= bin/cosign\nsign:\n\t$(COSIGN) sign --yes $(IMAGE)@$(DIGEST)\nother:\n\techo\n";
    let script = "#!/bin/sh\ncosign sign --yes \"$1\"\ncosign attest --type spdxjson \"$1\"\n";
    let files = [("Makefile", makefile), ("hack/sign.sh", script)];
    let digest = "${{ steps.b.outputs.digest }}";
    for (run, expected) in [
        (format!("make sign IMAGE=x DIGEST={digest}"), &[][..]),
        (format!("make other IMAGE=x DIGEST={digest}"), &["unsigned-image"]),
        ("make sign IMAGE=x DIGEST=$D".to_owned(), &["unsigned-image"]),
        (format!("./hack/sign.sh x@{digest}"), &[]),
        (format!("./hack/other.sh x@{digest}"), &["unsigned-image"]),
    ] {
        let text = workflow(&format!("{BUILD}- run: {run}\n"));
        assert_eq!(images_in_tree(&text, &[], &files), expected, "{run}");
        assert_eq!(images(&text, &[]), ["unsigned-image"], "{run}");
    }
    let text = workflow(&format!("{}- run: ./hack/sign.sh x@{digest}\n", BUILD.replace(", sbom: true", "")));
    assert!(images_in_tree(&text, &[], &files).is_empty());
}

#[test]
fn a_script_that_is_only_named_signs_nothing() {
    let makefile = "sign:\n\tcosign sign --yes $(IMAGE)\noff:\n\texit 0; cosign sign --yes $(IMAGE)\nlines:\n\texit 0\n\tcosign sign --yes $(IMAGE)\n";
    let files = [
        ("Makefile", makefile),
        ("hack/sign.sh", "cosign sign --yes \"$1\"\n"),
        ("hack/off.sh", "exit 0\ncosign sign --yes \"$1\"\n"),
        ("hack/call.sh", "false && hack/sign.sh \"$1\"\n"),
        ("hack/on.sh", "set -e\nhack/sign.sh \"$1\"\n"),
    ];
    for (script, signed) in [
        ("hack/sign.sh", true),
        ("bash -eu hack/sign.sh", true),
        ("bash -o pipefail hack/sign.sh", true),
        ("nix develop -- hack/sign.sh", true),
        ("timeout 5m hack/sign.sh", true),
        ("hack/on.sh", true),
        ("make lines IMAGE=x", true),
        ("hack/off.sh", false),
        ("hack/call.sh", false),
        ("echo hack/sign.sh", false),
        ("cat hack/sign.sh", false),
        ("chmod +x hack/sign.sh", false),
        ("bash -n hack/sign.sh", false),
        ("false && hack/sign.sh", false),
        ("exit 0\n    hack/sign.sh", false),
        ("make -n sign", false),
        ("make --dry-run sign", false),
        ("make off", false),
    ] {
        let text = workflow(&format!("{BUILD}- run: |\n    {script} x@${{{{ steps.b.outputs.digest }}}}\n"));
        let found = images_in_tree(&text, &[], &files);
        assert_eq!(found.is_empty(), signed, "{script}");
    }
}

#[test]
fn what_is_signed_before_the_push_is_another_image() {
    let sign = "- run: cosign sign --yes x@${{ steps.b.outputs.digest }}\n";
    let build = BUILD.replace("sbom: true", "sbom: true, tags: x");
    let by_env = "- run: echo \"D=${{ steps.b.outputs.digest }}\" >> $GITHUB_ENV\n";
    let sign_env = "- run: cosign sign --yes x@$D # digest\n";
    let pushes = |script: &str| format!("- run: |\n    {}\n", script.replace('\n', "\n    "));
    for (steps, signed) in [
        (format!("{build}{sign}"), true),
        (format!("{sign}{build}"), false),
        (format!("{build}{by_env}{sign_env}"), true),
        (format!("{sign_env}{build}{by_env}"), false),
        (pushes("docker push x:1\ncosign sign --yes x@$DIGEST"), true),
        (pushes("cosign sign --yes x@$DIGEST\ndocker push x:1"), false),
        (pushes("docker push x:1\ncosign sign --yes x@$DIGEST\ndocker push x:2"), true),
        (format!("{}{}", pushes("docker push x:1"), pushes("cosign sign --yes x@$DIGEST")), true),
        (format!("{}{}", pushes("cosign sign --yes x@$DIGEST"), pushes("docker push x:1")), false),
        (pushes("docker push x:1\n./sign.sh x@$DIGEST"), true),
        (pushes("./sign.sh x@$DIGEST\ndocker push x:1"), false),
    ] {
        let files = [("sign.sh", "cosign sign --yes $1@$DIGEST\n")];
        let found = images_in_tree(&workflow(&steps), &[], &files);
        assert_eq!(!found.contains(&"unsigned-image"), signed, "{steps}");
    }
}

#[test]
fn a_script_is_found_in_the_folder_of_the_step() {
    let files = [("a/sign.sh", "cosign sign --yes $1\n"), ("b/sign.sh", "echo $1\n")];
    let digest = "${{ steps.b.outputs.digest }}";
    let step = |folder: &str| format!("{BUILD}- {{run: './sign.sh x@{digest}'{folder}}}\n");
    for (folder, expected) in [
        (", working-directory: a", &[][..]),
        (", working-directory: ./b/", &["unsigned-image"]),
        ("", &["unsigned-image"]),
    ] {
        let found = images_in_tree(&workflow(&step(folder)), &[], &files);
        assert_eq!(found, expected, "{folder}");
    }
    let default = "    defaults: {run: {working-directory: a}}\n    steps:\n";
    let of_job = workflow(&step("")).replace("    steps:\n", default);
    assert!(images_in_tree(&of_job, &[], &files).is_empty(), "{of_job}");
    let of_workflow = format!("defaults: {{run: {{working-directory: a}}}}\n{}", workflow(&step("")));
    assert!(images_in_tree(&of_workflow, &[], &files).is_empty(), "{of_workflow}");
}

/// Of two scripts with one name, one was chosen in the order of a hash map, which differs in each of them.
#[test]
fn the_verdict_is_the_same_each_time() {
    let digest = "${{ steps.b.outputs.digest }}";
    let text =
        workflow(&format!("{BUILD}- run: cd x && ./sign.sh x@{digest}\n- run: make sign-1 D={digest}\n"));
    let makefile = "sign-%:\n\techo\n%-1:\n\tcosign sign --yes x@$(D)\n";
    let files = [("a/sign.sh", "cosign sign --yes $1\n"), ("b/sign.sh", "echo\n"), ("Makefile", makefile)];
    let first = images_in_tree(&text, &[], &files);
    assert!((0..20).all(|_| images_in_tree(&text, &[], &files) == first));
}

#[test]
fn the_configuration_of_goreleaser_decides() {
    let release =
        "- uses: docker/login-action@v3\n- {uses: goreleaser/goreleaser-action@v6, with: {args: release}}";
    let dockers = "dockers:\n- image_templates: [x]\n";
    let signs = "docker_signs:\n- artifacts: all\n  args: [sign, '${artifact}@${digest}']\n";
    for (config, expected) in [
        ("builds:\n- x\n".to_owned(), &[][..]),
        (dockers.to_owned(), &["unsigned-image", "missing-sbom"]),
        (format!("{dockers}{signs}"), &["missing-sbom"]),
        (
            format!("{dockers}{}", signs.replace("docker_signs", "# docker_signs")),
            &["unsigned-image", "missing-sbom"],
        ),
        (format!("{dockers}{signs}sboms:\n- artifacts: archive\n"), &["missing-sbom"]),
        (format!("{dockers}{signs}sboms:\n- artifacts: any\n"), &[]),
        (
            format!("{dockers}{}", signs.replace("sign,", "sign, --key=x,")),
            &["unsigned-image", "missing-sbom"],
        ),
    ] {
        let files = [(".goreleaser.yaml", config.as_str())];
        assert_eq!(images_in_tree(&workflow(release), &[], &files), expected, "{config}");
    }
}

#[test]
fn a_release_that_leaves_out_its_images_pushes_none() {
    for (config, arguments, pushes) in [
        ("dockers: [x]", "release", true),
        ("dockers: [x]", "release --snapshot", false),
        ("dockers: [x]", "release --snapshot=true", false),
        ("dockers: [x]", "release --snapshot=false", true),
        ("dockers: [x]", "release --snapshot=0", true),
        ("dockers: [x]", "release --skip=publish", false),
        ("dockers: [x]", "release --skip-publish", false),
        ("dockers: [x]", "release --skip-publish=0", true),
        ("dockers: [x]", "release --skip-publish=F", true),
        ("dockers: [x]", "release --skip=docker", false),
        ("dockers: [x]", "release --skip=ko", true),
        ("kos: [x]", "release --skip=docker", true),
        ("kos: [x]", "release --skip=ko", false),
        ("dockers: [x]\nkos: [x]", "release --skip=docker", true),
        ("dockers: [x]\nkos: [x]", "release --skip=docker,ko", false),
    ] {
        let release = format!(
            "- uses: docker/login-action@v3\n- {{uses: goreleaser/goreleaser-action@v6, with: {{args: '{arguments}'}}}}"
        );
        let found = images_in_tree(&workflow(&release), &[], &[(".goreleaser.yaml", config)]);
        assert_eq!(found.contains(&"unsigned-image"), pushes, "{arguments} {config}");
    }
}

#[test]
fn goreleaser_signs_every_image_or_none() {
    let config =
        "dockers:\n- {id: a, image_templates: ['x:1-amd64']}\n- {id: b, image_templates: ['x:1-arm64']}\n";
    let manifests = "docker_manifests:\n- image_templates: ['x:1-amd64', 'x:1-arm64']\n";
    let signs =
        |keys: &str| format!("docker_signs:\n- {{{keys}args: [sign, '${{artifact}}@${{digest}}']}}\n");
    let all = signs("artifacts: all, ");
    for (config, arguments, signed) in [
        (format!("{config}{all}"), "release", true),
        (format!("{config}{all}"), "release --skip=announce", true),
        (format!("{config}{}", signs("artifacts: all, ids: [a, b], ")), "release", true),
        (format!("{config}{manifests}{}", signs("artifacts: manifests, ")), "release", true),
        (format!("{config}{manifests}{}", signs("artifacts: images, ")), "release", false),
        (format!("{config}{}", signs("artifacts: manifests, ")), "release", false),
        (format!("{config}kos: [x]\n{}", signs("artifacts: images, ")), "release", false),
        (format!("{config}{}", signs("artifacts: all, ids: [a], ")), "release", false),
        (format!("{config}{}", signs("artifacts: all, if: '{{ .IsNightly }}', ")), "release", false),
        (format!("{config}{}", all.replace("[sign,", "[sign, --upload=false,")), "release", false),
        (format!("{config}{}", all.replace("[sign,", "[version, sign,")), "release", false),
        (format!("{config}{}{}", signs("artifacts: all, ids: [a], "), ""), "release", false),
        (format!("{config}{all}"), "release --skip=sign", false),
        (format!("{config}{all}"), "release --skip=announce,sign", false),
        (format!("{config}{all}"), "release --skip sign", false),
        (format!("{config}{all}"), "release --skip-sign", false),
    ] {
        let release = format!(
            "- uses: docker/login-action@v3\n- {{uses: goreleaser/goreleaser-action@v6, with: {{args: '{arguments}'}}}}"
        );
        let found = images_in_tree(&workflow(&release), &[], &[(".goreleaser.yaml", config.as_str())]);
        assert_eq!(!found.contains(&"unsigned-image"), signed, "{arguments} {config}");
    }
}
