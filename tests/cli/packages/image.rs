//! The OCI image and the bill of materials.

use std::fs;
use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;
use serde_json::Value;

use super::{assert_no_builder, home_of};
use crate::support::Sandbox;

/// Returns the file of a blob of an image layout, and checks its digest and size.
fn blob(sandbox: &Sandbox, descriptor: &Value) -> PathBuf {
    let digest = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
    let file = sandbox.path("layout/blobs/sha256").join(digest);
    assert!(sandbox.run("sha256sum").arg(&file).ok().line().starts_with(digest));
    assert_eq!(file.metadata().unwrap().len(), descriptor["size"].as_u64().unwrap());
    file
}

fn json(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

#[test]
fn image_is_one_file_of_nobody() {
    let sandbox = Sandbox::new();
    // A script is enough to see what becomes of a file; a static file runs in it where there is one.
    let program = sandbox.write("program", "#!/bin/sh\necho it runs\n");
    let make = |layout: &str| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("install/image.sh");
        let image = format!("amd64={}", program.display());
        sandbox.run("sh").arg(script).arg(sandbox.path(layout)).arg(image)
    };
    let digest = make("layout").ok().line();
    assert_eq!(make("again").ok().line(), digest);
    make("again").ends_with(2).says("exists already");
    let outer_index = json(&sandbox.path("layout/index.json"));
    assert_eq!(outer_index["manifests"][0]["digest"], digest.as_str());
    let index = json(&blob(&sandbox, &outer_index["manifests"][0]));
    assert_eq!(index["manifests"][0]["platform"]["architecture"], "amd64");
    let manifest = json(&blob(&sandbox, &index["manifests"][0]));
    let config = json(&blob(&sandbox, &manifest["config"]));
    assert_eq!(config["config"]["User"], "65534:65534");
    let layer = blob(&sandbox, &manifest["layers"][0]);
    let listed = sandbox.run("tar").args(["-tzf"]).arg(&layer).ok();
    assert_eq!(
        listed.stdout().to_str_lossy(),
        "etc/\netc/git-gate.yml\netc/passwd\nusr/\nusr/bin/\nusr/bin/git-gate\n"
    );
    sandbox.run("tar").args(["-xzf"]).arg(&layer).ok();
    sandbox.run(sandbox.path("usr/bin/git-gate")).ok().says("it runs");
    let entry = config["config"]["Entrypoint"][0].as_str().unwrap();
    assert_eq!(entry, "/usr/bin/git-gate");
}

#[test]
fn bill_of_materials_names_the_file_and_its_crates() {
    let sandbox = Sandbox::new();
    let file = sandbox.write("git-gate-x", "abc");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = sandbox.run("sh").arg(root.join("install/sbom.sh")).arg(&file).env("CARGO_NET_OFFLINE", "true");
    let run = run.env("CARGO_HOME", home_of("CARGO_HOME", ".cargo"));
    let made = run.env("RUSTUP_HOME", home_of("RUSTUP_HOME", ".rustup")).ok();
    assert_no_builder(made.stdout());
    let bill: Value = serde_json::from_slice(made.stdout()).unwrap();
    let subject = &bill["metadata"]["component"];
    let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!((&subject["name"], &subject["hashes"][0]["content"]), (&"git-gate-x".into(), &sum.into()));
    let crates = bill["components"].as_array().unwrap();
    let git2 = crates.iter().find(|part| part["name"] == "git2").unwrap();
    assert_eq!(git2["hashes"][0]["content"].as_str().unwrap().len(), 64);
    assert_eq!(git2["licenses"][0]["expression"], "MIT OR Apache-2.0");
    // What only tests use is in no file.
    assert!(crates.iter().all(|part| part["name"] != "proptest" && part["name"] != "git-gate"));
}
