//! Rule `unsigned-image`: an image is pushed and not signed keyless by digest.

use super::{Check, Rule};
use crate::report::{Group, Level, RuleMeta, WorkflowPlace, WorkflowProblem};
use crate::text::escape;
use crate::workflow::{Document, PushedImage, Signature, WorkflowSettings, shorten};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "unsigned-image",
        group: Group::Workflow,
        default_level: Level::Warn,
        summary: "a pushed image has no keyless signature of its digest",
        docs: r#"### What it checks

Every image or OCI chart that a job pushes to a registry is signed with `cosign sign`:

- keyless: without `--key` and `COSIGN_KEY`, also in a variable, and with `id-token: write` in the permissions of the job that signs, or with
  `--identity-token`;
- by digest: `steps.<id>.outputs.digest` of every step that builds and pushes. After a command such as `docker push`, or an
  action that has no digest output, any digest is accepted;
- where a run reaches it: not behind an `exit` or `false &&`, under `if false` or `ifeq (0,1)`, in a function that nothing calls, in a step or a job whose
  `if` never holds after success, with a `shell` that only prints or checks the script, or with `--upload=false`;
- after the push, as the order of steps and commands has it: what is signed before is another image;
- in the same job, or in a job that reads the digest from its `outputs`, also through a local action: `./.github/actions/x`,
  `./../<directory>/.github/actions/x`. When such an action changes, the workflows that call it are checked again;
- by a script of the same tree, too: `./hack/sign.sh`, a target of a Makefile, `docker_signs` in the configuration of goreleaser, if
  they sign every image (`ids`, `if`) and no argument of the release skips them. A script is
  looked for in the `working-directory`; if it is not there, it is the only one of that name that the workflow runs. When such a file changes, the workflows that push are checked again, except for a script without an ending such as `.sh`.

A push is a step with `docker/build-push-action`, bake, `docker push`, `buildx --push`, crane, skopeo, ko, buildah, podman,
oras, buildctl, jib, werf, `helm push oci://` and the like, or `make` of a target with `push` or `publish` in its name whose recipe has
such a command; goreleaser counts if the job logs in to a registry, unless its configuration in the tree has no
images. A push that an expression can switch off counts; a push to `localhost` or to `ttl.sh` does not. Pushes inside other than local
actions, and workflows of Gitea and Forgejo, are not checked. An attestation of provenance or of an SBOM is not a signature
of the image.

With local actions and aliases, a short file can contain many steps. After 20,000 steps, or 4 MiB of text in them, the rest
of a job is reported as an unsigned push.

### Why it matters

A tag can be moved by everyone who has access to the registry. A signature of the digest contains the identity of the
workflow and proves where the image was built, and there is no key that can be stolen.

### Example

Bad:

```yaml
steps:
  - uses: docker/build-push-action@14487ce63c7a62a4a324b0bfb37086795e31c6c1 # v6.16.0
    with:
      push: true
```

Good:

```yaml
permissions:
  id-token: write
steps:
  - uses: docker/build-push-action@14487ce63c7a62a4a324b0bfb37086795e31c6c1 # v6.16.0
    id: build
    with:
      push: true
  - run: cosign sign --yes "quay.io/our/image@${{ steps.build.outputs.digest }}"
```

### How to fix

Give the step that pushes an `id`, install cosign (`sigstore/cosign-installer`), and sign as above.

### Settings

```yaml
workflows:
  exempt:
    - rule: unsigned-image
      job: push-development-image
      reason: it is for internal use only
```
"#,
    },
    check: Check::Workflow(check),
};

fn check(document: &Document, _: &WorkflowSettings) -> Vec<WorkflowProblem> {
    document.pushed_images().iter().filter_map(problem).collect()
}

fn problem(image: &PushedImage) -> Option<WorkflowProblem> {
    let why = match image.signature {
        Signature::Good => return None,
        Signature::Missing => "not signed",
        Signature::Other => "not signed: the signed digest is not the digest of this step",
        Signature::Keyed => "signed with a key",
        Signature::Tag => "signed by tag, not by digest",
        Signature::NoToken => "signed in a job without `id-token: write`",
    };
    Some(WorkflowProblem {
        message: format!("the image that `{}` pushes is {why}", escape(shorten(&image.with).as_bytes())),
        help: Some(
            "give the step an `id`, and sign the digest: `cosign sign --yes <image>@${{ steps.<id>.outputs.digest }}`, with \
             `id-token: write` and without a key"
                .to_owned(),
        ),
        notes: image.notes(),
        place: WorkflowPlace::new(image.span, &image.job, &format!("{} {why}", image.with)),
    })
}
