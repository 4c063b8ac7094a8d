//! The JSON Schema of the policy accepts and refuses what the parser accepts and refuses, by a validator of others.

use std::io::Write as _;
use std::process::{Command, Stdio};

use git_gate::internals::{RULES, parse_policy, policy_schema};
use serde_json::{Map, Value, json};

use crate::support::not_tested;

/// Number of generated policies.
const POLICIES: usize = 4000;

/// Number of generated policies with one item of a list, or one section.
const ITEMS: usize = 1000;

/// Validator: reads `[schema, [policies]]`, and prints a list of booleans.
const VALIDATOR: &str = "
import json, sys
from jsonschema import Draft7Validator
schema, policies = json.load(sys.stdin)
Draft7Validator.check_schema(schema)
validator = Draft7Validator(schema)
json.dump([validator.is_valid(policy) for policy in policies], sys.stdout)
";

/// Returns the verdicts of the schema; `None` if this machine has no validator.
fn valid_by_schema(policies: &[Value]) -> Option<Vec<bool>> {
    let mut child = Command::new("python3")
        .args(["-c", VALIDATOR])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let input = serde_json::to_vec(&json!([policy_schema(), policies])).unwrap();
    child.stdin.take().unwrap().write_all(&input).ok();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if said.contains("No module named") {
        return None;
    }
    assert!(output.status.success(), "{said}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// Writes a value as YAML: JSON, in which a key has no value instead of null.
fn yaml(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Array(items) => format!("[{}]", items.iter().map(yaml).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let pairs =
                map.iter().map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), yaml(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        value => value.to_string(),
    }
}

/// Generator of policies: pseudo-random, the same in each run.
struct Generator {
    state: u64,
    /// One of so many values does not fit its key.
    care: usize,
}

/// Texts in the forms of all keys, right and wrong.
const TEXTS: &[&str] = &[
    "",
    "x",
    "true",
    "a b",
    "ana",
    "Ana <ana@x.test>",
    "Ana <>",
    "<ana@x.test>",
    "ana@x.test",
    "ana@x@y",
    "@x",
    "any",
    "all",
    "none",
    "accepted",
    "default",
    "hardened",
    "deny",
    "warn",
    "allow",
    "off",
    "author",
    "clean",
    "trailer",
    "public",
    "ignore",
    "honour",
    "tip",
    "own",
    "nothing",
    "related-signoff",
    "any-signoff",
    "plain",
    "http",
    "gitlab",
    "svn",
    "unpinned-uses",
    "missing-signoff",
    "no-such-rule",
    "refs/heads/*",
    "refs/heads/[a]",
    "heads",
    "/srv/git/*",
    "*",
    "*.git",
    "srv",
    "/a/b",
    "a/b",
    "/x?",
    "11bd71901bbe5b1630ceea73d27597364c9af683",
    "11BD71901bbe5b1630ceea73d27597364c9af683",
    "11bd719",
    "968479A1AFF927E37D1A566BB5690EEEBB952194",
    "9684 79A1 AFF927E37D1A566BB5690EEEBB952194",
    "SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKZIDTMczCvj3tD2s",
    "SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKZIDTMczCvj3tD2t",
    "SHA256:x",
    "60s",
    "4.5s",
    "0s",
    "0.000s",
    ".5s",
    "1.s",
    "1h",
    "900ms",
    "0009m",
    "1234567890s",
    "4GiB",
    "0MiB",
    "900 MiB",
    "4GB",
    "+4GiB",
    "1234567890GiB",
    "REMOTE_USER",
    "HTTP_X",
    "GIT_DIR",
    "QUERY_STRING",
    "1A",
    "v1.2.3",
    "1",
    "v1..2",
    "codeql-bundle-v2",
    "x/v1",
    "https://host/owner/action",
    "https://host/owner",
    "owner/action@v1",
    "tab\tand\nline",
    "ask us\n\n",
    " ",
    "\u{e9}\u{4e8b}",
];

impl Generator {
    fn number(&mut self, below: usize) -> usize {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.state >> 33).unwrap() % below
    }

    fn text(&mut self) -> Value {
        TEXTS[self.number(TEXTS.len())].into()
    }

    /// Returns any value.
    fn odd(&mut self) -> Value {
        match self.number(9) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(false),
            3 => json!(self.number(3)),
            4 => json!([]),
            5 => json!({}),
            6 => json!([self.text()]),
            7 => json!({ "file": self.text() }),
            _ => self.text(),
        }
    }

    /// Returns a value that fits a schema in most cases.
    fn value(&mut self, schema: &Value) -> Value {
        if self.number(self.care) == 0 {
            return self.odd();
        }
        if let Some(parts) = ["anyOf", "oneOf"].iter().find_map(|key| schema.get(key)?.as_array()) {
            let part = &parts[self.number(parts.len())];
            return self.value(part);
        }
        let kind = schema
            .get("type")
            .map(|kind| kind.as_str().or_else(|| kind[0].as_str()).unwrap())
            .unwrap_or("string");
        if let Some(word) = schema
            .get("const")
            .or_else(|| schema.get("enum").map(|words| &words[self.number(words.as_array().unwrap().len())]))
        {
            return word.clone();
        }
        match kind {
            "object" => self.mapping(schema),
            "array" => {
                let count = self.number(3);
                let item = schema.get("items").cloned().unwrap_or(json!({}));
                // YAML has no item without a text in a list like this one.
                let items = (0..count).map(|_| self.value(&item));
                items.filter(|item| !item.is_null()).collect()
            }
            "boolean" => json!(self.number(2) == 0),
            "integer" => json!(self.number(4)),
            "null" => Value::Null,
            _ => self.fitting(schema),
        }
    }

    /// Returns a text that has the form of a schema in most cases.
    fn fitting(&mut self, schema: &Value) -> Value {
        let Some(pattern) = schema.get("pattern").and_then(Value::as_str) else { return self.text() };
        let samples: &[&str] = match pattern {
            it if it.contains(r"\n*$") => &["ask us", "ask us\n", " https://x.test/gate "],
            it if it.contains("refs/") => &["refs/heads/*", "refs/tags/v1", "refs/"],
            it if it.contains("SHA256") => &[
                "968479A1AFF927E37D1A566BB5690EEEBB952194",
                "SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKZIDTMczCvj3tD2s",
            ],
            it if it.contains("{40}") => &["11bd71901bbe5b1630ceea73d27597364c9af683"],
            it if it.contains("@") => &["ana@x.test", "1+bot[bot]@users.noreply.github.com"],
            it if it.contains("<") => &["Ana <ana@x.test>", "Ana<ana@x.test>"],
            it if it.contains("GiB") => &["4GiB", "900 MiB"],
            it if it.contains("ms") => &["60s", "900ms", "none", "4.5s", "000.001m"],
            it if it.contains("vV") => &["v1.2.3", "2", "codeql-bundle/v2-rc1"],
            it if it.contains("^/") => &["/var/log/gate.jsonl", "/x"],
            it if it.contains("[/*]") => &["/srv/git/*", "*"],
            it if it.contains("A-Za-z_") => &["REMOTE_USER", "x1"],
            _ => &["x"],
        };
        if self.number(self.care / 3) == 0 { self.text() } else { samples[self.number(samples.len())].into() }
    }

    fn mapping(&mut self, schema: &Value) -> Value {
        let mut map = Map::new();
        let required =
            |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|it| it == name));
        for (name, value) in schema["properties"].as_object().into_iter().flatten() {
            let chance = if required(name) { 20 } else { 3 };
            if self.number(chance) != 0 && (required(name) || self.number(3) == 0) {
                map.insert(name.clone(), self.value(value));
            }
        }
        if let Some(value) = schema.get("additionalProperties").filter(|value| value.is_object()) {
            let name = match schema["propertyNames"].get("enum") {
                Some(_) => RULES[self.number(RULES.len())].meta.id.to_owned(),
                None => ["actions/checkout", "https://host/a/b", "https://host/a", "a", "a/b@v1"]
                    [self.number(5)]
                .to_owned(),
            };
            map.insert(name, self.value(value));
        }
        if self.number(15) == 0 {
            let name = ["files", "profiles", "match", "reason", "rules", "<<"][self.number(6)];
            let value = self.odd();
            map.entry(name).or_insert(value);
        }
        map.into()
    }
}

#[test]
fn the_schema_accepts_and_refuses_what_the_parser_does() {
    let schema = policy_schema();
    let mut generator = Generator { state: 1, care: 12 };
    let mut policies: Vec<Value> = (0..POLICIES).map(|_| generator.mapping(&schema)).collect();
    // One key by itself, so that no other one decides.
    for section in policies.clone().iter().filter_map(Value::as_object) {
        policies.extend(section.iter().map(|(key, value)| json!({ key.clone(): value })));
    }
    // Items with several required keys are rarely valid unless most of their values fit.
    generator.care = 60;
    for (section, list) in
        [("sign-off", "proven"), ("sign-off", "exempt"), ("workflows", "exempt"), ("refs", "levels")]
    {
        let items = &schema["properties"][section]["properties"][list]["items"];
        let one = (0..ITEMS).map(|_| json!({ section: { list: [generator.mapping(items)] } }));
        policies.extend(one);
    }
    let server = &schema["properties"]["server"];
    policies.extend((0..ITEMS).map(|_| json!({ "server": generator.mapping(server) })));
    let Some(by_schema) = valid_by_schema(&policies) else {
        return not_tested("the schema of the policy against its parser", "jsonschema for python3");
    };
    let (mut accepted, mut differences) = (0, Vec::new());
    for (policy, by_schema) in policies.iter().zip(by_schema) {
        let parsed = parse_policy(yaml(policy).as_bytes());
        accepted += usize::from(by_schema);
        if parsed.is_ok() != by_schema {
            differences.push(format!("schema: {by_schema}, parser: {parsed:?}\n  {policy}"));
        }
    }
    let count = policies.len();
    assert!(
        differences.is_empty(),
        "{} of {count} differ:\n{}",
        differences.len(),
        differences[..differences.len().min(10)].join("\n")
    );
    assert!(accepted > count / 5 && accepted < count * 4 / 5, "{accepted} of {count} are valid");
}
