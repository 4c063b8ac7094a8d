//! Steps that push an image, sign it or create its SBOM.

use super::super::check::CheckResult;
use super::super::check::check_file;
use crate::judge::comments::CommentFilter;
use crate::policy::Policy;
use crate::workflow::{Document, FileKind, LocalAction};

/// Returns the findings of the two rules about images in a workflow, as rule ids.
pub(super) fn images(text: &str, actions: &[(&str, &str)]) -> Vec<&'static str> {
    images_in_tree(text, actions, &[])
}

/// Returns the findings as [`images`] does, in a tree with these files.
pub(super) fn images_in_tree(
    text: &str,
    actions: &[(&str, &str)],
    files: &[(&str, &str)],
) -> Vec<&'static str> {
    let mut documents = Document::read(text.as_bytes(), FileKind::of(b".github/workflows/x.yml").unwrap());
    for (path, text) in files {
        documents[0].files.add(path, (*text).to_owned());
    }
    for (uses, text) in actions {
        let action = Document::read(text.as_bytes(), FileKind::of(b"action.yml").unwrap()).pop().unwrap();
        documents[0].actions.push(LocalAction::new((*uses).to_owned(), action.model));
    }
    let (results, _) = check_file(&Policy::default(), &"x".into(), &documents, CommentFilter::All);
    let rule = |result: &CheckResult| match result {
        CheckResult::Problem(rule, _) if ["unsigned-image", "missing-sbom"].contains(&rule.id) => {
            Some(rule.id)
        }
        _ => None,
    };
    results.iter().filter_map(rule).collect()
}

pub(super) fn workflow(steps: &str) -> String {
    let steps: String = steps.lines().map(|line| format!("      {line}\n")).collect();
    format!("jobs:\n  a:\n    permissions: {{id-token: write}}\n    steps:\n{steps}")
}

pub(super) const BUILD: &str =
    "- {id: b, uses: docker/build-push-action@v6, with: {push: true, sbom: true}}\n";

#[test]
fn every_way_of_pushing_is_detected() {
    for (step, pushes) in [
        ("uses: docker/build-push-action@v6, with: {push: true}", true),
        ("uses: docker/build-push-action@v6, with: {push: \"${{ github.event_name != 'x' }}\"}", true),
        ("uses: docker/build-push-action@v6, with: {outputs: 'type=image,push=true'}", true),
        ("uses: docker/build-push-action@v6, with: {outputs: type=registry}", true),
        ("uses: docker/build-push-action@v6, with: {outputs: 'type=docker,dest=x'}", false),
        ("uses: docker/build-push-action@v6, with: {push: 'False'}", false),
        ("uses: docker/build-push-action@v6, with: {push: \"${{ false }}\"}", false),
        ("uses: docker/build-push-action@v6, with: {push: \"${{ false || x }}\"}", true),
        ("run: 'flux push artifact oci://x'", true),
        ("run: imgpkg push -i x -f y", true),
        ("run: skaffold build --push", true),
        ("run: skaffold build", false),
        ("run: az acr build -r x .", true),
        ("run: az acr build --no-push .", false),
        ("run: gcloud builds submit --tag x", true),
        ("run: make images BUILDX_ACTION=--push", true),
        ("run: make images BUILDX_ACTION=--load", false),
        ("run: make push", false),
        ("run: 'buildctl build --output type=image,name=r.io/x,push=true'", true),
        ("run: 'buildctl build --output type=image,name=r.io/x'", false),
        ("run: ./gradlew jib", true),
        ("run: './gradlew :app:jib --info'", true),
        ("run: ./gradlew jibDockerBuild", false),
        ("run: ./gradlew build", false),
        ("run: 'mvn -B compile jib:build'", true),
        ("run: 'mvn compile com.google.cloud.tools:jib-maven-plugin:3.4.0:build'", true),
        ("run: 'mvn jib:dockerBuild'", false),
        ("run: werf build --repo r.io/x", true),
        ("run: werf build", false),
        ("run: img push r.io/x", true),
        ("run: ctr images push r.io/x", true),
        ("run: nerdctl push r.io/x", true),
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
        ("run: docker push ttl.sh/x:1h", false),
        ("run: oras push x", true),
        ("run: 'helm push x.tgz oci://y'", true),
        ("run: helm push x.tgz chartmuseum", false),
        ("run: echo docker push x", false),
        ("uses: goreleaser/goreleaser-action@v6, with: {args: release}", false),
        ("uses: noelware/docker-manifest-action@v1, with: {push: true}", true),
        ("uses: int128/kaniko-action@v1, with: {push: true}", true),
        ("uses: redhat-actions/push-to-registry@v2", true),
        ("run: 'docker buildx build --output type=image,push=true .'", true),
        ("run: docker manifest push x", true),
        ("run: crane push x.tar y", true),
        ("run: crane index append -t x", true),
        ("run: 'oras cp a b'", true),
        ("run: 'buildah manifest push --all x docker://y'", true),
        ("run: 'apko publish x.yaml y'", true),
        ("run: pack build x --publish", true),
        ("run: setsid -f bash -c 'sleep 9 && docker push x'", true),
        ("uses: ./.github/actions/x", false),
        ("uses: depot/build-push-action@v1, with: {push: true}", true),
        ("uses: docker/bake-action@v6, with: {push: true}", true),
        ("run: podman push x", true),
        ("run: podman manifest push x", true),
        ("run: nerdctl push x", true),
        ("run: docker compose push", true),
        ("run: docker compose build --push", true),
        ("run: docker image push x", true),
        ("run: 'docker buildx bake --set *.output=type=registry'", true),
        ("run: regctl image copy a b", true),
        ("run: 'skopeo sync --src docker --dest docker a b'", true),
        ("run: ko resolve -f x", true),
        ("run: helm push x.tgz $REGISTRY", true),
        ("run: docker buildx build --push=false .", false),
        ("run: 'docker buildx imagetools create --dry-run -t x y'", false),
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
fn a_push_to_the_local_machine_does_not_count() {
    for (step, pushes) in [
        ("uses: docker/build-push-action@v6, with: {push: true, tags: 'localhost:5000/x:1'}", false),
        (
            "uses: docker/build-push-action@v6, with: {push: true, tags: '127.0.0.1:5000/x, [::1]:5000/x'}",
            false,
        ),
        ("uses: docker/build-push-action@v6, with: {push: true, tags: 'localhost:5000/x, ghcr.io/x'}", true),
        ("uses: docker/build-push-action@v6, with: {push: true, tags: \"${{ env.X }}\"}", true),
        ("run: 'docker push localhost:5000/x:$TAG'", false),
        ("run: 'docker push registry.localhost/x'", false),
        ("run: docker push localhost.example.org/x", true),
        ("run: docker push ghcr.io/localhost/x", true),
        ("run: docker push $IMAGE, env: {IMAGE: 'localhost:5000/x'}", false),
        ("run: 'docker push ${IMAGE}', env: {IMAGE: 'ghcr.io/x'}", true),
        ("run: \"IMAGE=localhost:5000/x\\ndocker push $IMAGE\"", false),
        ("run: \"IMAGE=localhost:5000/x\\nIMAGE=ghcr.io/x\\ndocker push $IMAGE\"", true),
        ("run: 'docker push $IMAGE'", true),
        ("run: 'docker buildx build --push -t localhost:5000/x --cache-from ghcr.io/x .'", false),
        ("run: 'docker buildx build --push -t localhost:5000/x --tag=ghcr.io/x .'", true),
        ("run: 'crane copy localhost:5000/x ghcr.io/x'", true),
        ("run: 'crane copy ghcr.io/x localhost:5000/x'", false),
        ("run: 'crane copy localhost:5000/x $TO'", true),
        ("run: 'helm push x.tgz oci://localhost:5000/charts'", false),
        ("run: 'flux push artifact oci://localhost:5000/x --path=. --source=$URL --revision=$REF'", false),
        ("run: 'flux push artifact oci://r.io/x --source=localhost:5000/x'", true),
        ("run: 'apko publish ./x.yaml localhost:5000/x --arch amd64'", false),
        ("run: KO_DOCKER_REPO=kind.local ko apply -f x", false),
        ("run: ko build ./x, env: {KO_DOCKER_REPO: 'registry.localhost:5000/x'}", false),
        ("run: \"export KO_DOCKER_REPO=ko.local\\nko build ./x\"", false),
        (
            "run: \"KO_DOCKER_REPO=ko.local ko build ./x\\nko build ./y\", env: {KO_DOCKER_REPO: ghcr.io/x}",
            true,
        ),
    ] {
        let found = images(&workflow(&format!("- {{{step}}}")), &[]);
        assert_eq!(found.contains(&"unsigned-image"), pushes, "{step}");
    }
    let of_job = workflow("- run: ko build ./x")
        .replace("    steps", "    env: {KO_DOCKER_REPO: ko.local}\n    steps");
    assert_eq!(images(&of_job, &[]), [""; 0]);
}

#[test]
fn an_output_of_another_step_may_make_it_a_push() {
    let step = "- {uses: docker/build-push-action@v6, with: {outputs: \"${{ steps.o.outputs.value }}\"}}";
    for (output, pushes) in [("type=image,push=true", true), ("type=oci,dest=x", false)] {
        let text =
            workflow(&format!("- {{id: o, uses: some/condition@v1, with: {{if_true: '{output}'}}}}\n{step}"));
        assert_eq!(images(&text, &[]).contains(&"unsigned-image"), pushes, "{output}");
    }
}

#[test]
fn an_oversized_workflow_counts_as_a_push() {
    let head = format!("env: {{A: &u {}}}\n", "x".repeat(100_000));
    let steps = "{run: *u}, ".repeat(1_000);
    let text = |first| format!("{head}jobs: {{a: {{steps: [{{run: {first}}}, {steps}]}}}}\n");
    assert_eq!(images(&text("docker push localhost/x"), &[]), ["unsigned-image", "missing-sbom"]);
    assert_eq!(images(&text("docker pull localhost/x"), &[]), [""; 0], "nothing in it can push");
}

/// Ten levels of a thousand uses each are more than any machine can expand.
#[test]
fn actions_that_use_each_other_too_often_count_as_a_push() {
    let action = format!("runs: {{using: composite, steps: [{}]}}", "{uses: ./a}, ".repeat(1000));
    let found = images(&workflow("- uses: ./a\n"), &[("./a", &action)]);
    assert_eq!(found, ["unsigned-image", "missing-sbom"]);
}

#[test]
fn a_given_input_overrides_the_default_in_any_case() {
    let action = "inputs: {cmd: {default: push}}\nruns: {using: composite, steps: [{run: 'docker ${{ inputs.Cmd }} a/b'}]}";
    assert_eq!(images(&workflow("- uses: ./a\n"), &[("./a", action)]), ["unsigned-image", "missing-sbom"]);
    let given = images(&workflow("- {uses: ./a, with: {CMD: pull}}\n"), &[("./a", action)]);
    assert_eq!(given, [""; 0]);
}

#[test]
fn targets_of_a_makefile_that_push_are_pushes() {
    let makefile = "\
DOCKER := docker
IMAGE = $(REGISTRY)/x
docker-push: build
\t$(DOCKER) push $(IMAGE):$(TAG)
push-signed:
\tdocker push $(IMAGE):$(TAG)
\tcosign sign -y $(IMAGE)@$(DIGEST)
publish:
\tdocker buildx build --push --sbom=true -t $(IMAGE) .
push-files:
\tgit push
build:
\tdocker build .
";
    for (run, found) in [
        ("make docker-push", &["unsigned-image", "missing-sbom"][..]),
        ("make -C . TAG=1 docker-push", &["unsigned-image", "missing-sbom"]),
        ("TAG=1 make docker-push REGISTRY=ghcr.io/o", &["unsigned-image", "missing-sbom"]),
        ("make push-signed", &["missing-sbom"]),
        ("make publish", &["unsigned-image"]),
        ("make push-files", &[]),
        ("make build", &[]),
        ("make -n docker-push", &[]),
        ("make docker-push REGISTRY=localhost:5000", &[]),
        ("REGISTRY=localhost:5000 make docker-push", &[]),
        ("export REGISTRY=localhost:5000\nmake docker-push", &[]),
        ("echo make docker-push", &[]),
    ] {
        let lines: String = run.lines().map(|line| format!("    {line}\n")).collect();
        let text = workflow(&format!("- run: |\n{lines}"));
        assert_eq!(images_in_tree(&text, &[], &[("Makefile", makefile)]), found, "{text}");
    }
    let text = workflow("- run: make docker-push\n  env: {REGISTRY: \"localhost:5000\"}");
    assert!(images_in_tree(&text, &[], &[("Makefile", makefile)]).is_empty(), "{text}");
    assert!(images(&workflow("- run: make docker-push"), &[]).is_empty());
}
