//! Rule `unsigned-image`: an image is pushed and not signed keyless by digest.

use super::{Check, Rule};
use crate::report::{Group, Level, Place, Problem, RuleMeta};
use crate::text::escape;
use crate::workflow::{Document, PushedImage, Signature, WorkflowSettings, shorten};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "unsigned-image",
        group: Group::Workflow,
        default_level: Level::Warn,
        summary: "an image is pushed and not signed keyless by digest",
        docs: r#"### What it checks

What a job pushes to a registry, image or OCI chart, is signed with `cosign sign`:

- keyless: without `--key` and `COSIGN_KEY`, and with `id-token: write` among the permissions of the job that signs;
- by digest: of each step that builds and pushes, `steps.<id>.outputs.digest`. Behind a command such as `docker push`, or an
  action that says no digest, any digest counts;
- in the same job or in one that reads the digest from its `outputs`, also through a local action: `./.github/actions/x`,
  `./../<directory>/.github/actions/x`. When such an action changes, the workflows that call it are judged again.

Pushes are those of `docker/build-push-action`, bake, `docker push`, `buildx --push`, crane, skopeo, ko, buildah, podman, oras,
`helm push oci://` and the like; goreleaser's where the job logs in to a registry, for its own file is not read. A push that
may be switched off by an expression is one; one to `localhost` is none. Pushes inside of actions that are no local ones,
and workflows of Gitea and Forgejo, are not judged. An attestation, of provenance or of an SBOM, is no signature of the image.

Local actions and aliases can make many steps of a short file. After 20,000 steps, or 4 MiB of text in them, the rest of a job
counts as a push that nobody signs, and is reported as one.

### Why it matters

A tag can be moved by whoever gets at the registry. A signature of the digest, with the identity of the workflow in it, says
what was built here, and there is no key that could be stolen.

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
      reason: nobody outside pulls it
```

A comment on the line of `uses` or `run` exempts it too: `# git-gate: allow[unsigned-image] <reason>`.
"#,
    },
    check: Check::Workflow(check),
};

fn check(document: &Document, _: &WorkflowSettings) -> Vec<Problem> {
    document.pushed_images().iter().filter_map(judge).collect()
}

fn judge(image: &PushedImage) -> Option<Problem> {
    let why = match image.signature {
        Signature::Good => return None,
        Signature::Missing => "not signed",
        Signature::Other => "not signed: what is signed is not the digest of this step",
        Signature::Keyed => "signed with a key",
        Signature::Tag => "signed by tag, not by digest",
        Signature::NoToken => "signed in a job without `id-token: write`",
    };
    Some(Problem {
        message: format!("what `{}` pushes is {why}", escape(shorten(&image.with).as_bytes())),
        help: Some(
            "give the step an `id`, and sign: `cosign sign --yes <image>@${{ steps.<id>.outputs.digest }}`, with \
             `id-token: write` and without a key"
                .to_owned(),
        ),
        notes: Vec::new(),
        place: Place::Span(image.span),
        identity: super::workflow_identity(&image.job, &format!("{} {why}", image.with)),
    })
}
