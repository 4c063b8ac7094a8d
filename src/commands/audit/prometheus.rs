//! Report about audit logs as metrics, in the text format of Prometheus.

use std::fmt::{self, Write as _};
use std::time::SystemTime;

use crate::output::metric_label;
use crate::server::{AuditTally, Outcome, Outcomes};
use crate::text::escape;

/// Renders the metrics. People are left out: a metric for each would never end.
pub(super) fn render(tally: &AuditTally, success: bool, now: SystemTime) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write(&mut text, tally, success, now);
    text
}

fn write(text: &mut String, tally: &AuditTally, success: bool, now: SystemTime) -> fmt::Result {
    let mut metric = |name: &str, help: &str, lines: Vec<String>| {
        writeln!(text, "# HELP git_gate_audit_{name} {help}\n# TYPE git_gate_audit_{name} gauge")?;
        lines.iter().try_for_each(|line| writeln!(text, "git_gate_audit_{name}{line}"))
    };
    let all =
        Outcome::ALL.map(|outcome| format!("{{outcome=\"{}\"}} {}", outcome.name(), tally.all.of(outcome)));
    metric("pushes", "Pushes in the audit logs, by outcome.", all.into())?;
    let rules = lines("rule", tally.rules.sorted(Outcomes::total));
    metric("rule_pushes", "Pushes that a rule refused, would have refused, or was exempted from.", rules)?;
    let repositories = lines("repository", tally.repositories.sorted(Outcomes::total));
    metric("repository_pushes", "Pushes to a repository, by outcome.", repositories)?;
    let not_listed = tally.rules.left_out + tally.repositories.left_out;
    metric(
        "not_listed",
        "Pushes of rules and repositories that are too many to be listed.",
        vec![format!(" {not_listed}")],
    )?;
    metric("success", "1 if every line of every log was counted.", vec![format!(" {}", u8::from(success))])?;
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs());
    metric("timestamp_seconds", "Time of the report.", vec![format!(" {seconds}")])
}

/// Returns the lines of a metric by name and outcome; outcomes without pushes are left out.
fn lines(label: &str, counts: Vec<(&String, &Outcomes)>) -> Vec<String> {
    let of_name = |(name, outcomes): (&String, &Outcomes)| {
        let name = metric_label(&escape(name.as_bytes()));
        let counts = Outcome::ALL.map(|outcome| (outcome.name(), outcomes.of(outcome)));
        let lines = counts.into_iter().filter(|(_, count)| *count > 0);
        lines
            .map(|(outcome, count)| format!("{{{label}=\"{name}\",outcome=\"{outcome}\"}} {count}"))
            .collect::<Vec<_>>()
    };
    counts.into_iter().flat_map(of_name).collect()
}
