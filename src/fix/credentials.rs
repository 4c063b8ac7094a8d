//! Sets `persist-credentials: false` for checkouts without the input, or with a value like `no`.

use std::collections::HashMap;

use bstr::ByteSlice as _;

use super::pushes::{self, CredentialUse, Files};
use super::{CheckedFile, Edit, Repair};
use crate::text::Span;
use crate::workflow::{Document, Job, Node, Pair, Step};

/// Rule whose problems are repaired.
pub(super) const RULE: &str = "persisted-credentials";

pub(super) const INPUT: &str = "persist-credentials";

/// Returns the repairs of the checkouts of a file. A job that pushes would fail without the credentials.
pub(super) fn repairs(file: &CheckedFile<'_>, files: &dyn Files) -> Vec<Repair> {
    let mut found: HashMap<usize, (Repair, bool)> = HashMap::new();
    let is_broken = |step: &&Step| step.uses.as_ref().is_some_and(|uses| file.has(RULE, uses.span));
    for job in &file.document.model.jobs {
        let broken: Vec<&Step> = job.steps.iter().filter(is_broken).collect();
        if broken.is_empty() {
            continue;
        }
        let of_job = of_job(file.document, job, files);
        for step in broken {
            let (is_doubtful, pushes) = match own_credentials(step).or_else(|| of_job.clone()) {
                Some(CredentialUse::Pushes(_)) => (false, true),
                Some(CredentialUse::Perhaps(_) | CredentialUse::Unknown(_)) => (true, false),
                None => (false, shares_inputs(file.document, step)),
            };
            let Some(edit) = edit(file.text, step) else { continue };
            // An anchored step is that of each job that names it: the most careful of them decides.
            let start = edit.span.start;
            let entry = found.entry(start).or_insert((Repair { edits: vec![edit], is_doubtful }, pushes));
            entry.0.is_doubtful |= is_doubtful;
            entry.1 |= pushes;
        }
    }
    let mut repairs: Vec<(usize, Repair)> =
        found.into_iter().filter_map(|(at, (repair, pushes))| (!pushes).then_some((at, repair))).collect();
    repairs.sort_by_key(|(at, _)| *at);
    repairs.into_iter().map(|(_, repair)| repair).collect()
}

/// Returns true if the inputs of a checkout are also those of a step that uses another action, by an alias.
fn shares_inputs(document: &Document, step: &Step) -> bool {
    let inputs = |step: &Step| step.node.get("with").map(|with| with.span);
    let action = |step: &Step| step.uses.as_ref().map(|uses| uses.text.clone());
    let (Some(own), others) = (inputs(step), document.model.jobs.iter().flat_map(|job| &job.steps)) else {
        return false;
    };
    others.into_iter().any(|other| inputs(other) == Some(own) && action(other) != action(step))
}

/// Returns the reason for which the checkout at a span was left alone; `None` if its text could not be changed.
pub(super) fn reason(document: &Document, span: Span, files: &dyn Files) -> Option<String> {
    let is_at = |step: &&Step| step.uses.as_ref().is_some_and(|uses| uses.span == span);
    let job = document.model.jobs.iter().find(|job| job.steps.iter().any(|step| is_at(&step)))?;
    let step = job.steps.iter().find(is_at)?;
    let used = own_credentials(step).or_else(|| of_job(document, job, files))?;
    let (CredentialUse::Pushes(what) | CredentialUse::Perhaps(what) | CredentialUse::Unknown(what)) = used;
    Some(if job.id.is_empty() {
        format!("the action {what}")
    } else {
        format!("the job `{}` {what}", job.id)
    })
}

/// Returns the use of a checkout that has credentials of its own: they are given for later steps.
fn own_credentials(step: &Step) -> Option<CredentialUse> {
    let given =
        |name: &str| step.input(name).and_then(|value| value.trimmed()).filter(|value| !value.is_empty());
    let is_default = |token: &str| {
        let token = token.to_ascii_lowercase();
        let bare = token.trim_start_matches("${{").trim_end_matches("}}").trim();
        ["github.token", "secrets.github_token"].contains(&bare)
    };
    let token = given("token").filter(|token| !is_default(token)).map(|_| "token");
    let input = token.or_else(|| given("ssh-key").map(|_| "ssh-key"))?;
    Some(CredentialUse::Pushes(format!("gives the checkout its own `{input}`")))
}

fn of_job(document: &Document, job: &Job, files: &dyn Files) -> Option<CredentialUse> {
    let found = pushes::of_job(job, document.model.workflow.as_deref(), files);
    if matches!(found, Some(CredentialUse::Pushes(_) | CredentialUse::Perhaps(_))) {
        return found;
    }
    let perhaps = |why: &str| Some(CredentialUse::Perhaps(why.to_owned()));
    if document.model.action.is_some() && job.id.is_empty() {
        return perhaps("may be used by a job that pushes");
    }
    let root = document.model.workflow.as_ref();
    let block = job.node.get("permissions").or_else(|| root?.get("permissions"));
    let may_write = |block: &Node| match block.text() {
        Some(all) => all.trim() == "write-all",
        None => block.get("contents").and_then(|level| level.text()) == Some("write"),
    };
    if block.is_some_and(|block| may_write(block)) {
        return perhaps("has a token that may push (`contents: write`)");
    }
    // Without a block, the settings of the repository decide what the token may do.
    found.filter(|_| block.is_none())
}

fn edit(text: &[u8], step: &Step) -> Option<Edit> {
    match step.node.get("with") {
        None => with_mapping(text, step),
        Some(with) if with.text() == Some("") => empty_mapping(text, step),
        Some(with) => {
            let pairs = with.pairs()?;
            let is_input = |pair: &&Pair| pair.name().eq_ignore_ascii_case(INPUT);
            match pairs.iter().find(is_input) {
                Some(pair) => correction(text, &pair.value),
                None => input(text, with, pairs),
            }
        }
    }
}

/// Replaces a value that the action treats as false by a plain `false`. Keeps `true`, which was meant.
fn correction(text: &[u8], value: &Node) -> Option<Edit> {
    let meant = matches!(value.trimmed()?.to_ascii_lowercase().as_str(), "no" | "off" | "n" | "0" | "");
    let written = value.span.slice(text);
    let plain = !written.is_empty() && !written.contains(&b'\n') && !written.starts_with(b"&");
    (meant && plain).then(|| Edit { span: value.span, text: b"false".to_vec(), repairs: RULE })
}

/// Inserts the input as the first entry of an existing mapping.
fn input(text: &[u8], with: &Node, pairs: &[Pair]) -> Option<Edit> {
    let Some(first) = pairs.first().map(|pair| pair.key.span) else {
        let start = with.span.start;
        let is_empty = text.get(start..)?.starts_with(b"{}");
        return is_empty.then(|| Edit::insert(start + 1, format!("{INPUT}: false").into_bytes(), RULE));
    };
    if is_flow(text, with.span) {
        let text = format!("{INPUT}: false, ").into_bytes();
        return Some(Edit::insert(first.start, text, RULE));
    }
    let indent = indent(text, first.start)?;
    let line = [format!("{INPUT}: false").as_bytes(), line_end(text, first.start), indent].concat();
    Some(Edit::insert(first.start, line, RULE))
}

/// Inserts the input below a `with` that has nothing behind it.
fn empty_mapping(text: &[u8], step: &Step) -> Option<Edit> {
    let with = step.node.pairs()?.iter().find(|pair| pair.name() == "with")?;
    let key = with.key.span;
    let is_bare = with.value.span.start == with.value.span.end && !is_flow(text, step.node.span);
    let colon = key.end + text.get(key.end..)?.find_byte(b':').filter(|at| *at == 0 && is_bare)?;
    let indent = blanks_to(text, key.start)?;
    let line = [line_end(text, key.end), &indent, format!("  {INPUT}: false").as_bytes()].concat();
    Some(Edit::insert(colon + 1, line, RULE))
}

/// Inserts a `with` after the `uses` of a step that has none.
fn with_mapping(text: &[u8], step: &Step) -> Option<Edit> {
    let uses = step.node.pairs()?.iter().find(|pair| pair.name() == "uses")?;
    let (key, value) = (uses.key.span, uses.value.span);
    // The value of an alias is in another place, so nothing can be inserted after it.
    if value.start < key.end {
        return None;
    }
    if is_flow(text, step.node.span) {
        let text = format!(", with: {{{INPUT}: false}}").into_bytes();
        return Some(Edit::insert(value.end, text, RULE));
    }
    let indent = blanks_to(text, key.start)?;
    let rest = text.get(value.end..)?;
    let end = value.end + rest.find_byte(b'\n').unwrap_or(rest.len());
    let eol = line_end(text, value.end);
    let at = if text.get(..end)?.ends_with(b"\r") { end - 1 } else { end };
    let text = [eol, &indent, b"with:", eol, &indent, format!("  {INPUT}: false").as_bytes()].concat();
    Some(Edit::insert(at, text, RULE))
}

/// Returns whether a mapping is written in braces.
fn is_flow(text: &[u8], mapping: Span) -> bool {
    text.get(..mapping.end).is_some_and(|text| text.ends_with(b"}")) && text.get(mapping.start) == Some(&b'{')
}

/// Returns the text before an offset on its line; `None` unless it consists of blanks.
fn indent(text: &[u8], at: usize) -> Option<&[u8]> {
    let before = line_before(text, at);
    before.iter().all(|byte| *byte == b' ').then_some(before)
}

/// Returns as many blanks as there are bytes before an offset on its line.
///
/// Returns `None` if these bytes are not blanks and dashes.
fn blanks_to(text: &[u8], at: usize) -> Option<Vec<u8>> {
    let before = line_before(text, at);
    before.iter().all(|byte| matches!(byte, b' ' | b'-')).then(|| vec![b' '; before.len()])
}

fn line_before(text: &[u8], at: usize) -> &[u8] {
    let (before, _) = text.split_at(at);
    before.rsplit_once_str("\n").map_or(before, |(_, line)| line)
}

/// Returns the line end of the line at an offset; that of the first line if the last one has none.
fn line_end(text: &[u8], at: usize) -> &'static [u8] {
    let (_, rest) = text.split_at(at);
    let line = rest.lines_with_terminator().next().filter(|line| line.ends_with(b"\n"));
    let line = line.or_else(|| text.lines_with_terminator().next());
    if line.is_some_and(|line| line.ends_with(b"\r\n")) { b"\r\n" } else { b"\n" }
}
