//! Production secrets and the environments that protect them.

use std::path::Path;

use bstr::BString;

use super::super::check::CheckResult;
use super::super::check::check_file;
use crate::judge::comments::CommentFilter;
use crate::policy::Policy;
use crate::workflow::{Document, FileKind};

/// Returns the lines of the findings about unprotected secrets, for a `workflows` section of a policy.
fn secrets(policy: &str, text: &str) -> Vec<u32> {
    let policy = format!("workflows: {{{policy}}}\n");
    let policy = Policy::parse(policy.as_bytes(), Path::new("p.yml")).unwrap();
    let path = ".github/workflows/x.yml";
    let documents = Document::read(text.as_bytes(), FileKind::of(path.as_bytes()).unwrap());
    let (results, _) = check_file(&policy, &BString::from(path), &documents, CommentFilter::All);
    let line = |result: &CheckResult| match result {
        CheckResult::Problem(rule, problem) if rule.id == "unprotected-secret" => match problem.place.span {
            Some(span) => Some(span.position(text.as_bytes()).0),
            None => panic!("{problem:?}"),
        },
        _ => None,
    };
    results.iter().filter_map(line).collect()
}

/// Returns a job with its environment on line 2 and its step on line 4.
fn job(environment: &str, step: &str) -> String {
    format!("jobs: {{a: {{\n  {environment}\n  steps: [{{\n    {step} }}] }} }}\n")
}

const LOGIN: &str = "uses: docker/login-action@v3, with: {password: \"${{ secrets.PASSWORD }}\"}";

#[test]
fn only_a_literal_environment_protects() {
    for (environment, policy, protects) in [
        ("environment: release,", "", true),
        ("environment: {name: release},", "", true),
        ("environment: {name: release, url: 'https://x'},", "", true),
        ("environment: \"${{ 'release' }}\",", "", true),
        ("environment: release,", "environments: [release, prod-*]", true),
        ("environment: Prod-EU,", "environments: [release, prod-*]", true),
        ("environment: test,", "environments: [release, prod-*]", false),
        ("", "", false),
        ("environment: '',", "", false),
        ("environment: ' ',", "", false),
        ("environment: ,", "", false),
        ("environment: \"${{ '' }}\",", "", false),
        ("environment: \"${{ inputs.environment }}\",", "", false),
        ("environment: {name: \"${{ inputs.x }}\"},", "", false),
        ("environment: {name: ''},", "", false),
        ("environment: {url: 'https://x'},", "", false),
        ("environment: [release],", "", false),
        ("environment: {name: release, deployment: false},", "", true),
        ("environment: {name: release, deployment: \"${{ inputs.x }}\"},", "", true),
        ("environment: {name: release, deployment: true},", "", true),
        ("environment: {name: '', deployment: true},", "", false),
    ] {
        let expected: &[u32] = if protects { &[] } else { &[4] };
        assert_eq!(secrets(policy, &job(environment, LOGIN)), expected, "{environment} {policy}");
    }
}

#[test]
fn registry_passwords_are_production_secrets() {
    for (step, expected) in [
        ("uses: Docker/Login-Action@v3, with: {Password: \"${{ secrets['P'] }}\"}", true),
        (
            "uses: docker/login-action@v3, with: {password: \"${{ env.P }}\"}, env: {P: \"${{ secrets.P }}\"}",
            true,
        ),
        ("run: 'docker login -u x -p ${{ secrets.P }}'", true),
        ("run: 'echo \"${{ secrets.P }}\" | docker login --password-stdin'", true),
        ("run: 'echo $P | sudo docker login --password-stdin', env: {P: \"${{ secrets.P }}\"}", true),
        ("run: 'helm registry login x --password=$P', env: {P: \"${{ secrets.P }}\"}", true),
        ("run: 'echo docker login; $P', env: {P: \"${{ secrets.P }}\"}", false),
        ("run: 'docker login -u ${{ secrets.P }} -p x'", false),
        ("run: 'printenv P | docker login --password-stdin', env: {P: \"${{ secrets.P }}\"}", true),
        ("run: 'skopeo copy --dest-creds \"u:${{ secrets.P }}\" oci:x docker://q.io/x'", true),
        ("run: 'podman push --creds=u:$P x q.io/x', env: {P: \"${{ secrets.P }}\"}", true),
        ("run: 'helm push x.tgz oci://q.io/x --username u --password \"${{ secrets.P }}\"'", true),
        ("run: 'oras push -u u -p \"${{ secrets.P }}\" q.io/x'", true),
        ("run: 'skopeo copy --src-creds \"u:${{ secrets.P }}\" docker://q.io/x oci:x'", false),
        ("run: 'podman push --creds \"${{ secrets.P }}:x\" x q.io/x'", false),
        ("run: 'x', env: {P: \"${{ secrets.P }}\"}", false),
        ("uses: docker/login-action@v3, with: {password: \"${{ secrets.GITHUB_TOKEN }}\"}", false),
        ("uses: docker/login-action@v3, with: {password: \"${{ secrets.QUAY_PASSWORD_CI }}\"}", false),
        ("uses: docker/login-action@v3, with: {password: \"${{ secrets.quay_password_dev }}\"}", false),
        ("uses: docker/login-action@v3, with: {password: \"${{ github.token }}\"}", false),
        ("uses: docker/login-action@v3, with: {username: \"${{ secrets.USER }}\"}", false),
        ("run: \"${{ toJSON(secrets) }}\"", true),
        ("run: \"${{ secrets[inputs.x] }}\"", true),
        ("run: \"${{ 'secrets.P' }}\"", false),
    ] {
        assert_eq!(!secrets("", &job("", step)).is_empty(), expected, "{step}");
        assert!(secrets("", &job("environment: release,", step)).is_empty(), "{step}");
    }
}

#[test]
fn the_policy_adds_production_secrets() {
    let step = "run: \"${{ secrets.NPM_TOKEN }} ${{ secrets.NPM_TOKEN_CI }}\"";
    assert_eq!(secrets("", &job("", step)), [0; 0]);
    assert_eq!(secrets("production-secrets: [NPM_*]", &job("", step)), [4]);
    assert_eq!(secrets("production-secrets: [npm_token]", &job("environment: x,", step)), [0; 0]);
    assert_eq!(secrets("production-secrets: ['*'], development-secrets: []", &job("", step)), [4, 4]);
}

#[test]
fn a_password_counts_in_every_job_of_the_workflow() {
    let other = "  b: {steps: [{run: \"${{ secrets.PASSWORD }}\"}]}\n";
    let text = format!("jobs:\n  a: {{environment: x, steps: [{{{LOGIN}}}]}}\n{other}");
    assert_eq!(secrets("", &text), [3]);
}

#[test]
fn workflow_variables_are_read_by_every_job() {
    let head = "env: {P: \"${{ secrets.P }}\"}\njobs:\n";
    let login = "steps: [{run: 'docker login -p $P'}]";
    for (jobs, lines) in [
        (format!("  a: {{environment: x, {login}}}\n"), &[][..]),
        (format!("  a: {{{login}}}\n"), &[1]),
        (format!("  a: {{environment: x, {login}}}\n  b: {{}}\n"), &[1]),
        (format!("  a: {{environment: x, {login}}}\n  b: {{uses: ./.github/workflows/y.yml}}\n"), &[]),
    ] {
        assert_eq!(secrets("", &format!("{head}{jobs}")), lines, "{jobs}");
    }
}

#[test]
fn a_job_that_calls_a_workflow_protects_nothing() {
    let policy = "production-secrets: [PROD_*]";
    for (job, expected) in [
        ("uses: a/b/.github/workflows/c.yml@v1, secrets: {x: \"${{ secrets.PROD_X }}\"}", true),
        ("uses: ./.github/workflows/c.yml, secrets: {x: \"${{ secrets.PROD_X }}\"}", true),
        ("uses: ./.github/workflows/c.yml, environment: x, secrets: {x: \"${{ secrets.PROD_X }}\"}", true),
        ("uses: ./.github/workflows/c.yml, secrets: {x: \"${{ secrets.OTHER }}\"}", false),
        ("uses: a/b/.github/workflows/c.yml@v1, secrets: inherit", true),
        ("uses: ./.github/workflows/c.yml, secrets: inherit", false),
    ] {
        let found = secrets(policy, &format!("jobs: {{a: {{{job}}}}}\n"));
        assert_eq!(!found.is_empty(), expected, "{job}");
    }
}

#[test]
fn a_job_may_not_mix_kinds_of_credentials() {
    let step = |name: &str| {
        format!("{{uses: docker/login-action@v3, with: {{password: \"${{{{ secrets.{name} }}}}\"}}}}")
    };
    for (names, found) in [
        (["RELEASE", "OTHER_RELEASE"], false),
        (["QUAY_CI", "HUB_CI"], false),
        (["QUAY_RELEASE", "QUAY_CI"], true),
        (["QUAY_DEV", "QUAY_RELEASE"], true),
    ] {
        let text = format!("jobs: {{a: {{environment: x, steps: [{}]}}}}", names.map(step).join(", "));
        assert_eq!(secrets("", &text).len(), usize::from(found), "{names:?}");
    }
}

#[test]
fn credentials_for_publishing_are_production_secrets() {
    for (step, expected) in [
        ("run: npm publish, env: {NODE_AUTH_TOKEN: \"${{ secrets.P }}\"}", true),
        ("run: npm ci, env: {NODE_AUTH_TOKEN: \"${{ secrets.P }}\"}", false),
        ("run: pnpm publish, env: {NPM_CONFIG_TOKEN: \"${{ secrets.P }}\"}", true),
        ("run: mvn -B deploy, env: {MAVEN_PASSWORD: \"${{ secrets.P }}\"}", true),
        ("run: ./mvnw verify, env: {MAVEN_PASSWORD: \"${{ secrets.P }}\"}", false),
        ("run: './gradlew :lib:publish', env: {OSSRH_PASSWORD: \"${{ secrets.P }}\"}", true),
        ("run: ./gradlew publishToMavenLocal, env: {OSSRH_PASSWORD: \"${{ secrets.P }}\"}", false),
        ("run: mix hex.publish --yes, env: {HEX_API_KEY: \"${{ secrets.P }}\"}", true),
        ("run: gem push x.gem, env: {RUBYGEMS_API_KEY: \"${{ secrets.P }}\"}", true),
        ("run: dart pub publish -f, env: {PUB_TOKEN: \"${{ secrets.P }}\"}", true),
        ("run: nuget push x, env: {NUGET_API_KEY: \"${{ secrets.P }}\"}", true),
        ("run: nuget restore, env: {NUGET_API_KEY: \"${{ secrets.P }}\"}", false),
        ("run: pod trunk push x, env: {COCOAPODS_TRUNK_TOKEN: \"${{ secrets.P }}\"}", true),
        ("run: npx semantic-release, env: {NPM_TOKEN: \"${{ secrets.P }}\"}", true),
        ("uses: changesets/action@v1, env: {NPM_TOKEN: \"${{ secrets.P }}\"}", true),
        ("run: make release, env: {CARGO_REGISTRY_TOKEN: \"${{ secrets.P }}\"}", true),
        ("run: 'cargo publish --token ${{ secrets.P }}'", true),
        ("run: 'cargo publish --token $X', env: {X: \"${{ secrets.P }}\"}", true),
        ("run: 'twine upload dist/*', env: {TWINE_PASSWORD: \"${{ secrets.P }}\"}", true),
        ("run: 'twine upload dist/*', env: {TWINE_USERNAME: \"${{ secrets.P }}\"}", false),
        ("uses: pypa/gh-action-pypi-publish@v1, with: {password: \"${{ secrets.P }}\"}", true),
        ("uses: pypa/gh-action-pypi-publish@v1, with: {user: \"${{ secrets.P }}\"}", false),
        ("uses: o/publish@v1, with: {docker_hub_password: \"${{ secrets.P }}\"}", true),
        ("uses: o/publish@v1, with: {quay-io-token: \"${{ secrets.P }}\"}", true),
        ("uses: o/publish@v1, with: {registry: \"${{ secrets.P }}\"}", false),
        ("uses: o/publish@v1, with: {docker_user: \"${{ secrets.P }}\"}", false),
        ("uses: o/publish@v1, with: {npm-token: \"${{ secrets.GITHUB_TOKEN }}\"}", false),
        ("uses: o/publish@v1, with: {nuget-api-key: \"${{ secrets.P_DEV }}\"}", false),
        ("uses: o/import@v6, with: {gpg_private_key: \"${{ secrets.P }}\"}", true),
        ("uses: o/import@v6, with: {gpg-key-id: \"${{ secrets.P }}\"}", false),
        ("run: 'echo \"$K\" | gpg --batch --import', env: {K: \"${{ secrets.P }}\"}", true),
        ("run: 'echo \"$K\" | gpg --verify x', env: {K: \"${{ secrets.P }}\"}", false),
        ("run: 'poetry config pypi-token.pypi ${{ secrets.P }}'", true),
        ("run: 'echo cargo publish; $K', env: {K: \"${{ secrets.P }}\"}", false),
    ] {
        assert_eq!(!secrets("", &job("", step)).is_empty(), expected, "{step}");
        assert!(secrets("", &job("environment: release,", step)).is_empty(), "{step}");
    }
}
