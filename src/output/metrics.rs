//! Text format of Prometheus.

/// Escapes the value of a label.
pub(crate) fn metric_label(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn labels_are_escaped() {
        assert_eq!(super::metric_label("a\"b\\x0a\n"), "a\\\"b\\\\x0a\\n");
    }
}
