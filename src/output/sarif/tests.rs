use super::super::samples::{self, HOSTILE};
use super::*;

/// Objects of SARIF 2.1.0 that we write, with the names and types of their properties.
///
/// From sections 3.13 to 3.54 of the specification. `!` marks a required property, `[]` an array. Other
/// properties are allowed only in a `bag`.
const OBJECTS: &[(&str, &[(&str, &str)])] = &[
    ("log", &[("$schema", "uri"), ("version!", "2.1.0"), ("runs!", "run[]")]),
    (
        "run",
        &[
            ("tool!", "tool"),
            ("invocations", "invocation[]"),
            ("results", "result[]"),
            ("columnKind", "utf16CodeUnits|unicodeCodePoints"),
        ],
    ),
    ("tool", &[("driver!", "component")]),
    ("component", &[("name!", "string"), ("semanticVersion", "string"), ("rules", "descriptor[]")]),
    (
        "descriptor",
        &[
            ("id!", "string"),
            ("shortDescription", "multiformat"),
            ("fullDescription", "multiformat"),
            ("help", "multiformat"),
            ("defaultConfiguration", "configuration"),
            ("properties", "bag"),
        ],
    ),
    ("multiformat", &[("text!", "string"), ("markdown", "string")]),
    ("configuration", &[("level", "none|note|warning|error")]),
    (
        "invocation",
        &[
            ("executionSuccessful!", "boolean"),
            ("exitCode", "integer"),
            ("exitCodeDescription", "string"),
            ("toolExecutionNotifications", "notification[]"),
        ],
    ),
    ("notification", &[("message!", "message"), ("level", "none|note|warning|error")]),
    ("message", &[("text!", "string")]),
    (
        "result",
        &[
            ("message!", "message"),
            ("ruleId", "string"),
            ("level", "none|note|warning|error"),
            ("locations", "location[]"),
            ("partialFingerprints", "strings"),
            ("suppressions", "suppression[]"),
            ("properties", "bag"),
        ],
    ),
    ("suppression", &[("kind!", "inSource|external"), ("justification", "string")]),
    ("location", &[("physicalLocation", "physical"), ("logicalLocations", "logical[]")]),
    ("physical", &[("artifactLocation!", "artifact"), ("region", "region")]),
    ("artifact", &[("uri", "uri")]),
    ("region", &[("startLine", "positive"), ("startColumn", "positive"), ("endColumn", "positive")]),
    ("logical", &[("fullyQualifiedName", "string"), ("kind", "string")]),
];

/// Returns the violations of the specification.
fn faults(kind: &str, value: &Value, place: &str) -> Vec<String> {
    if let Some(kind) = kind.strip_suffix("[]") {
        let items = value.as_array().into_iter().flatten();
        let faults = items.enumerate().flat_map(|(n, item)| faults(kind, item, &format!("{place}/{n}")));
        return faults.chain((!value.is_array()).then(|| format!("{place} is no array"))).collect();
    }
    match OBJECTS.iter().find(|(name, _)| *name == kind) {
        Some((_, properties)) => object_faults(properties, value, place),
        None if is_plain(kind, value) => Vec::new(),
        None => vec![format!("{place} is no {kind}: {value}")],
    }
}

fn object_faults(properties: &[(&str, &str)], value: &Value, place: &str) -> Vec<String> {
    let Some(object) = value.as_object() else { return vec![format!("{place} is no object")] };
    let bare = |name: &str| name.trim_end_matches('!').to_owned();
    let unknown = object.keys().filter(|key| properties.iter().all(|(name, _)| bare(name) != **key));
    let mut found: Vec<String> = unknown.map(|key| format!("{place} has no {key}")).collect();
    for (name, kind) in properties {
        match object.get(&bare(name)) {
            Some(value) => found.extend(faults(kind, value, &format!("{place}/{}", bare(name)))),
            None if name.ends_with('!') => found.push(format!("{place} lacks {name}")),
            None => {}
        }
    }
    found
}

fn is_plain(kind: &str, value: &Value) -> bool {
    let text = value.as_str();
    match kind {
        "string" => text.is_some(),
        "uri" => text.is_some_and(|uri| {
            !uri.is_empty()
                && uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte))
        }),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "positive" => value.as_u64().is_some_and(|number| number >= 1),
        "strings" => value.as_object().is_some_and(|object| object.values().all(Value::is_string)),
        "bag" => value.is_object(),
        words => text.is_some_and(|text| words.split('|').any(|word| word == text)),
    }
}

fn log(report: &Report) -> Value {
    serde_json::from_str(&render(report)).unwrap()
}

fn hostile() -> Report {
    let mut report = samples::report();
    let mut finding = samples::blob(HOSTILE, 1);
    finding.message = HOSTILE.to_owned();
    report.findings.extend([finding, samples::blob("", 1), samples::refname("refs/heads/\u{202e}%")]);
    report.remarks.push(HOSTILE.to_owned());
    report
}

#[test]
fn logs_conform_to_the_specification() {
    for report in [Report::default(), samples::report(), hostile()] {
        assert_eq!(faults("log", &log(&report), ""), Vec::<String>::new());
    }
}

#[test]
fn specification_check_finds_faults() {
    let mut broken = log(&samples::report());
    broken["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0.into();
    broken["runs"][0]["results"][1]["lines"] = 1.into();
    broken["runs"][0]["tool"]["driver"]["name"].take();
    assert_eq!(faults("log", &broken, "").len(), 3);
}

#[test]
fn every_result_has_a_file() {
    let log = log(&hostile());
    let results = log["runs"][0]["results"].as_array().unwrap();
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results {
        let physical = &result["locations"][0]["physicalLocation"];
        let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.is_empty() && !uri.starts_with('/') && !uri.contains(':'), "{uri}");
        assert!(physical["region"]["startLine"].as_u64().unwrap() >= 1);
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
        assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]));
    }
}

#[test]
fn paths_are_percent_encoded() {
    for (path, uri) in [
        (&b".github/workflows/ci.yml"[..], ".github/workflows/ci.yml"),
        (b"a b/%41:c?#[d]", "a%20b/%2541%3Ac%3F%23%5Bd%5D"),
        (b"caf\xc3\xa9 \xff\n", "caf%C3%A9%20%FF%0A"),
        (b"https://x.test", "https%3A//x.test"),
    ] {
        assert_eq!(encoded(path), uri);
    }
}

#[test]
fn repository_text_is_never_a_link() {
    let log = log(&hostile());
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let notifications = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    let texts = results.iter().chain(notifications).map(|item| item["message"]["text"].as_str().unwrap());
    assert!(texts.clone().any(|text| text.contains("[f] (https://x.test)")));
    assert!(texts.clone().all(|text| !text.contains("](")));
}

#[test]
fn fingerprints_stay_when_lines_move() {
    let name = |line| {
        let report = Report { findings: vec![samples::blob("ci.yml", line)], ..Report::default() };
        log(&report)["runs"][0]["results"][0]["partialFingerprints"].clone()
    };
    assert_eq!(name(3), name(300));
}
