//! Rule `missing-sbom`: an image is pushed and no SBOM of it is made.

use super::{Check, Rule};
use crate::report::{Group, Level, RuleMeta, WorkflowPlace, WorkflowProblem};
use crate::text::escape;
use crate::workflow::{Document, PushedImage, WorkflowSettings, shorten};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "missing-sbom",
        group: Group::Workflow,
        default_level: Level::Warn,
        summary: "no SBOM is generated for a pushed image",
        docs: r#"### What it checks

A software bill of materials (SBOM) is generated or attested for every image that a job pushes to a registry: `sbom: true` of
`docker/build-push-action`, `--sbom`, `anchore/sbom-action` with an image, `actions/attest-sbom`, `cosign attest --type
spdxjson` or `cyclonedx`, syft, or `trivy image --format cyclonedx`. ko and apko generate one by default. `cosign attach sbom`
counts too, although it is deprecated. If a job pushes several images, the SBOM has to name the image or the digest of the step.

Charts and other files (`helm push`, `flux push artifact`, `oras push`) need none. A command that joins images which exist, such as
`docker buildx imagetools create`, needs none if the parts that the workflow pushes by digest have one.

For what counts as a push, see `git gate rules unsigned-image`.

### Why it matters

When a vulnerability is found in a library, the SBOM shows which images contain it.

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

Add `sbom: true`, or attest an SBOM that you generate yourself:

    cosign attest --yes --type spdxjson --predicate sbom.spdx.json <image>@<digest>

### Settings

```yaml
workflows:
  exempt:
    - rule: missing-sbom
      job: push-development-image
      reason: it is for internal use only
```
"#,
    },
    check: Check::Workflow(check),
};

fn check(document: &Document, _: &WorkflowSettings) -> Vec<WorkflowProblem> {
    document.pushed_images().iter().filter(|image| !image.sbom).map(problem).collect()
}

fn problem(image: &PushedImage) -> WorkflowProblem {
    WorkflowProblem {
        message: format!(
            "no SBOM is generated for the image that `{}` pushes",
            escape(shorten(&image.with).as_bytes())
        ),
        help: Some(
            "add `sbom: true` to the build, or attest an SBOM: `cosign attest --type spdxjson`".to_owned(),
        ),
        notes: image.notes(),
        place: WorkflowPlace::new(image.span, &image.job, &image.with),
    }
}
