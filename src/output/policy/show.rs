//! Values in force, with the place where each is set.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::yaml;
use crate::policy::{Setting, SettingSource};
use crate::text::{distinct, escape, escape_path};
use crate::token::redact_message;

/// Column at which the sources begin.
const COLUMN: usize = 40;

/// Renders the values in force as a policy, in which a comment says where each comes from.
pub(crate) fn show(settings: &[Setting], path: Option<&Path>) -> String {
    let mut text = match path {
        Some(path) => format!("# policy in force: {}\n", escape_path(path)),
        None => "# policy in force: the defaults; there is no policy file\n".to_owned(),
    };
    let mut open: &[String] = &[];
    for setting in settings {
        let (name, sections) =
            setting.path.split_last().map_or(("", &[][..]), |(name, above)| (name.as_str(), above));
        for (depth, section) in sections.iter().enumerate() {
            if !open.starts_with(sections.get(..=depth).unwrap_or_default()) {
                let _ = writeln!(text, "{}{section}:", "  ".repeat(depth));
            }
        }
        open = sections;
        let value = redact_message(yaml(&setting.value));
        let line = format!("{}{name}: {}", "  ".repeat(sections.len()), escape(value.as_bytes()));
        let _ =
            writeln!(text, "{:COLUMN$} # {}", line.trim_end(), escape(source(&setting.source).as_bytes()));
    }
    text
}

fn source(source: &SettingSource) -> String {
    let place = |path: &Path, line: &Option<u32>| {
        line.map_or_else(|| path.display().to_string(), |line| format!("{}:{line}", path.display()))
    };
    match source {
        SettingSource::Default => "default".to_owned(),
        SettingSource::Policy(path, line) => place(path, line),
        SettingSource::Profile(path, line) => format!("profile at {}", place(path, line)),
        SettingSource::WarnOnly(path, line) => format!("warn-only at {}", place(path, line)),
    }
}

#[derive(Serialize)]
struct Shown {
    version: u32,
    policy: Option<String>,
    settings: Vec<ShownSetting>,
}

#[derive(Serialize)]
struct ShownSetting {
    key: String,
    value: Value,
    /// `default`, `policy`, `profile` or `warn-only`.
    source: &'static str,
    file: Option<String>,
    line: Option<u32>,
}

/// Renders the values in force as one JSON document.
pub(crate) fn show_json(settings: &[Setting], path: Option<&Path>) -> String {
    let shown = |setting: &Setting| {
        let (source, file, line) = match &setting.source {
            SettingSource::Default => ("default", None, None),
            SettingSource::Policy(path, line) => ("policy", Some(path), *line),
            SettingSource::Profile(path, line) => ("profile", Some(path), *line),
            SettingSource::WarnOnly(path, line) => ("warn-only", Some(path), *line),
        };
        let file = file.map(|path| distinct(path));
        ShownSetting { key: setting.path.join("."), value: redacted(&setting.value), source, file, line }
    };
    let settings = settings.iter().map(shown).collect();
    let document = Shown { version: 1, policy: path.map(distinct), settings };
    #[expect(clippy::expect_used, reason = "the document consists of texts, numbers and values of JSON")]
    let text = serde_json::to_string_pretty(&document).expect("settings can be written as JSON");
    text + "\n"
}

/// Returns a value in which no text shows a credential.
fn redacted(value: &Value) -> Value {
    match value {
        Value::String(text) => redact_message(text.clone()).into(),
        Value::Array(items) => items.iter().map(redacted).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, value)| (redact_message(key.clone()), redacted(value))).collect()
        }
        value => value.clone(),
    }
}
