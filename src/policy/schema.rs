//! JSON Schema of the policy file, made from the types that read it.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform as _};
use serde_json::{Value, json};

use super::file::PolicyFile;

/// Returns the JSON Schema (draft 7, which editors read best).
///
/// It accepts what the parser accepts, with these exceptions: what a file named in the policy contains; `null` or `~`
/// where a section or a list is empty; a text in the form of a number, such as a fingerprint of digits only, without
/// quotes; and whole numbers written with a point.
pub(crate) fn schema() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<PolicyFile>();
    RecursiveTransform(as_yaml_is_read).transform(&mut schema);
    schema.insert("title".to_owned(), json!("Policy of git-gate"));
    schema.to_value()
}

/// Lets a schema accept what YAML writes without quotes: any scalar is a text, and a key without a value is an empty
/// section or list.
fn as_yaml_is_read(schema: &mut Schema) {
    let has = |schema: &Schema, key: &str| schema.get(key).is_some();
    let Some(kind) = schema.get("type").and_then(|kind| match kind {
        Value::String(name) => Some(name.clone()),
        Value::Array(names) => names.iter().find(|name| *name != "null")?.as_str().map(str::to_owned),
        _ => None,
    }) else {
        return;
    };
    let kinds = match kind.as_str() {
        "string" if ["enum", "const", "pattern"].iter().all(|key| !has(schema, key)) => {
            json!(["string", "number", "boolean", "null"])
        }
        "object" if !has(schema, "required") => json!(["object", "null"]),
        "array" if !has(schema, "minItems") => json!(["array", "null"]),
        _ => return,
    };
    schema.insert("type".to_owned(), kinds);
}
