//! Rule `missing-sbom`: an image is pushed and no SBOM of it is made.

use super::{Check, Rule};
use crate::report::{Group, Level, Place, Problem, RuleMeta};
use crate::text::escape;
use crate::workflow::{Document, PushedImage, WorkflowSettings, shorten};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "missing-sbom",
        group: Group::Workflow,
        default_level: Level::Warn,
        summary: "an image is pushed and no SBOM of it is made",
        docs: r#"### What it checks

Of what a job pushes to a registry, a software bill of materials is made or attested: `sbom: true` of
`docker/build-push-action`, `--sbom`, `anchore/sbom-action` with an image, `actions/attest-sbom`, `cosign attest --type
spdxjson` or `cyclonedx`, syft, `trivy image --format cyclonedx`. ko and apko make one unless told not to. `cosign attach sbom`
counts, though it is deprecated. Where a job pushes several images, the SBOM names the image or the digest of the step.

What is a push stands in `git gate rules unsigned-image`.

### Why it matters

When the next hole is found in a library, the SBOM answers which images hold it.

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
steps:
  - uses: docker/build-push-action@14487ce63c7a62a4a324b0bfb37086795e31c6c1 # v6.16.0
    with:
      push: true
      sbom: true
```

### How to fix

Add `sbom: true`, or attest one that you make yourself:

    cosign attest --yes --type spdxjson --predicate sbom.spdx.json <image>@<digest>

### Settings

```yaml
workflows:
  exempt:
    - rule: missing-sbom
      job: push-development-image
      reason: nobody outside pulls it
```

A comment on the line of `uses` or `run` exempts it too: `# git-gate: allow[missing-sbom] <reason>`.
"#,
    },
    check: Check::Workflow(check),
};

fn check(document: &Document, _: &WorkflowSettings) -> Vec<Problem> {
    document.pushed_images().iter().filter(|image| !image.sbom).map(problem).collect()
}

fn problem(image: &PushedImage) -> Problem {
    Problem {
        message: format!("of what `{}` pushes no SBOM is made", escape(shorten(&image.with).as_bytes())),
        help: Some(
            "add `sbom: true` to the build, or attest one: `cosign attest --type spdxjson`".to_owned(),
        ),
        notes: Vec::new(),
        place: Place::Span(image.span),
        identity: super::workflow_identity(&image.job, &image.with),
    }
}
