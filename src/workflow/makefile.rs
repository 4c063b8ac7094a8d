//! Recipes of a Makefile as shell scripts, as far as they can be read without running make.

use std::collections::HashMap;

/// Maximum number of times that variables are replaced in a text by their values.
const MAX_ROUNDS: usize = 4;

/// Maximum length of a recipe after that, in bytes.
const MAX_RECIPE: usize = 1 << 16;

/// Rules and variables of a Makefile.
#[derive(Debug, Default)]
pub(super) struct Makefile {
    /// Prerequisites and recipe of each target.
    rules: HashMap<String, Recipe>,
    /// First target: the one that is made if none is named.
    first: Option<String>,
    /// Values of the variables.
    variables: HashMap<String, String>,
    /// Files that it includes.
    pub(super) includes: Vec<String>,
}

#[derive(Debug, Default, Clone)]
struct Recipe {
    prerequisites: Vec<String>,
    script: String,
}

impl Makefile {
    /// Parses the text of a Makefile.
    pub(super) fn parse(text: &str) -> Self {
        let mut makefile = Self::default();
        let mut targets: Vec<String> = Vec::new();
        for line in text.replace("\\\n", " ").lines() {
            if let Some(command) = line.strip_prefix('\t') {
                let command = command.trim_start_matches(['@', '-', '+', ' ']);
                for target in &targets {
                    let script = &mut makefile.rules.entry(target.clone()).or_default().script;
                    script.push_str(command);
                    script.push('\n');
                }
            } else {
                makefile.line(line.trim(), &mut targets);
            }
        }
        makefile
    }

    /// Reads a line that is not part of a recipe.
    fn line(&mut self, line: &str, targets: &mut Vec<String>) {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        if line.is_empty() || line.starts_with('#') {
            return;
        }
        if let Some(files) = line.trim_start_matches('-').strip_prefix("include ") {
            self.includes.extend(words(files));
            return;
        }
        if let Some((name, value)) = assignment(line) {
            self.variables.insert(name.to_owned(), value.to_owned());
            return;
        }
        let Some((names, rest)) = line.split_once(':') else { return };
        let (prerequisites, inline) = rest.trim_start_matches(':').split_once(';').unwrap_or((rest, ""));
        *targets = words(names);
        if self.first.is_none() {
            self.first = targets.iter().find(|name| !name.starts_with('.')).cloned();
        }
        for target in targets {
            let recipe = self.rules.entry(target.clone()).or_default();
            recipe.prerequisites.extend(words(prerequisites));
            recipe.script.push_str(inline);
        }
    }

    /// Returns the scripts that make runs for these targets, prerequisites first.
    pub(super) fn scripts(&self, targets: &[&str]) -> Vec<String> {
        let mut open: Vec<String> = match targets {
            [] => self.first.iter().cloned().collect(),
            targets => targets.iter().map(|target| (*target).to_owned()).collect(),
        };
        let (mut seen, mut found) = (Vec::new(), Vec::new());
        while let Some(target) = open.pop() {
            if seen.contains(&target) {
                continue;
            }
            if let Some(recipe) = self.recipe(&target) {
                open.extend(recipe.prerequisites.iter().cloned());
                found.push(self.expanded(&recipe.script));
            }
            seen.push(target);
        }
        found.reverse();
        found
    }

    /// Returns the rule of a target, or the pattern rule that makes it.
    fn recipe(&self, target: &str) -> Option<&Recipe> {
        let matches = |pattern: &str| {
            pattern.split_once('%').is_some_and(|(start, end)| {
                target.len() >= start.len() + end.len() && target.starts_with(start) && target.ends_with(end)
            })
        };
        let by_pattern = || self.rules.iter().find(|(pattern, _)| matches(pattern)).map(|(_, recipe)| recipe);
        self.rules.get(target).or_else(by_pattern)
    }

    /// Replaces the variables of a recipe by their values; one without a value becomes a variable of the shell.
    fn expanded(&self, script: &str) -> String {
        let mut script = script.replace("$(MAKE)", "make").replace("${MAKE}", "make");
        for _ in 0..MAX_ROUNDS {
            let (mut out, mut rest, mut changed) =
                (String::with_capacity(script.len()), script.as_str(), false);
            while let Some((before, after)) = rest.split_once("$(") {
                out.push_str(before);
                let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
                let end = after
                    .find(|c| !is_name(c))
                    .filter(|end| after.get(*end..).is_some_and(|rest| rest.starts_with(')')));
                match end.and_then(|end| Some((after.get(..end)?, after.get(end + 1..)?))) {
                    // `$$(` is a substitution of the shell.
                    Some((name, tail)) if !out.ends_with('$') && !name.is_empty() => {
                        match self.variables.get(name) {
                            Some(value) if out.len() + value.len() < MAX_RECIPE => out.push_str(value),
                            _ => {
                                out.push('$');
                                out.push_str(name);
                            }
                        }
                        (rest, changed) = (tail, true);
                    }
                    _ => {
                        out.push_str("$(");
                        rest = after;
                    }
                }
            }
            out.push_str(rest);
            script = out;
            if !changed {
                break;
            }
        }
        script.replace("$$", "$")
    }
}

/// Returns name and value of an assignment: `NAME = value`, with any of the operators of make.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line =
        line.strip_prefix("export ").or_else(|| line.strip_prefix("override ")).unwrap_or(line).trim_start();
    let end = line.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '.'))?;
    let (name, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let value =
        ["=", ":=", "::=", "?=", "+=", "!="].iter().find_map(|operator| rest.strip_prefix(operator))?;
    (!name.is_empty()).then(|| (name, value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# comment
LOCALBIN ?= $(PWD)/bin
COSIGN := $(LOCALBIN)/cosign
include x.mk
.PHONY: all
all: build sign
build:
\t@echo $$HOME
sign: tool
\t$(COSIGN) sign --yes \\
\t\t$(IMAGE)@$(DIGEST)
tool: ; go install cosign
push-%:
\tdocker push $*
\t$(MAKE) sign
";

    #[test]
    fn recipes_are_read_with_their_prerequisites() {
        let makefile = Makefile::parse(TEXT);
        let sign = "$PWD/bin/cosign sign --yes  \t\t$IMAGE@$DIGEST\n";
        assert_eq!(makefile.scripts(&["sign"]), [" go install cosign", sign]);
        assert_eq!(makefile.scripts(&[]).len(), 4);
        assert!(makefile.scripts(&[]).contains(&"echo $HOME\n".to_owned()));
        assert_eq!(makefile.scripts(&["push-x"]), ["docker push $*\nmake sign\n"]);
        assert!(makefile.scripts(&["none"]).is_empty());
        assert_eq!(makefile.includes, ["x.mk"]);
    }

    #[test]
    fn variables_that_name_each_other_end() {
        let makefile = Makefile::parse("A = $(B)$(B)\nB = $(A)$(A)\nx: x\n\techo $(A)\n");
        assert!(makefile.scripts(&["x"]).iter().all(|script| script.len() < 2 * MAX_RECIPE));
    }
}
