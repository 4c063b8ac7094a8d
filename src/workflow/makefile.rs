//! Recipes of a Makefile or a justfile as shell scripts, as far as they can be read without running it.

mod conditional;

use std::collections::{BTreeMap, HashSet};

use conditional::Conditionals;

/// Names under which make finds a Makefile, in order.
pub(crate) const MAKEFILES: &[&str] = &["GNUmakefile", "makefile", "Makefile"];

/// Names of a justfile.
pub(crate) const JUSTFILES: &[&str] = &["justfile", "Justfile", ".justfile"];

/// Maximum number of times that variables are replaced in a text by their values.
const MAX_ROUNDS: usize = 4;

/// Maximum length of a recipe after that, in bytes.
const MAX_RECIPE: usize = 1 << 16;

/// Rules and variables of a Makefile.
#[derive(Debug, Default)]
pub(crate) struct Makefile {
    /// Prerequisites and recipe of each target.
    rules: BTreeMap<String, Recipe>,
    /// First target: the one that is made if none is named.
    first: Option<String>,
    /// Values of the variables.
    variables: BTreeMap<String, String>,
    /// Files that it includes.
    pub(crate) includes: Vec<String>,
}

/// Syntax of a file with recipes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecipeSyntax {
    /// make: a tab begins a line of a recipe.
    Make,
    /// just: any blank does.
    Just,
}

impl RecipeSyntax {
    /// Returns the syntax of a file, by the name of it; `None` if it has no recipes.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        let is_make = MAKEFILES.contains(&name) || name.starts_with("Makefile.") || name.ends_with(".mk");
        match () {
            () if is_make => Some(Self::Make),
            () if JUSTFILES.contains(&name) => Some(Self::Just),
            () => None,
        }
    }
}

#[derive(Debug, Default, Clone)]
struct Recipe {
    prerequisites: Vec<String>,
    script: String,
}

impl Makefile {
    /// Parses the text of a file with recipes.
    pub(crate) fn parse(text: &str, syntax: RecipeSyntax) -> Self {
        let mut makefile = Self::default();
        let mut targets: Vec<String> = Vec::new();
        let blanks: &[char] = if syntax == RecipeSyntax::Make { &['\t'] } else { &['\t', ' '] };
        let mut conditionals = Conditionals::default();
        for line in text.replace("\\\n", " ").lines() {
            let is_directive =
                syntax == RecipeSyntax::Make && !line.starts_with(blanks) && conditionals.read(line.trim());
            if is_directive || conditionals.is_off() {
                continue;
            }
            if let Some(command) = line.strip_prefix(blanks) {
                let command = without_marks(command);
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
        let Some((names, rest)) = line.split_once(':').filter(|(_, rest)| !rest.starts_with('=')) else {
            return;
        };
        let (prerequisites, inline) = rest.trim_start_matches(':').split_once(';').unwrap_or((rest, ""));
        // just prints no command of a recipe whose name begins with `@`.
        *targets = words(names.trim_start_matches('@'));
        if self.first.is_none() {
            self.first = targets.iter().find(|name| !name.starts_with('.')).cloned();
        }
        for target in targets {
            let recipe = self.rules.entry(target.clone()).or_default();
            recipe.prerequisites.extend(words(prerequisites));
            if !inline.is_empty() {
                recipe.script.push_str(without_marks(inline));
                recipe.script.push('\n');
            }
        }
    }

    /// Returns the scripts that make runs for these targets, prerequisites first.
    pub(crate) fn scripts(&self, targets: &[&str]) -> Vec<String> {
        self.walk(targets.iter().map(|target| (*target).to_owned()).collect(), &|_| Vec::new())
    }

    /// Returns the scripts of the targets among some words, and of each target that such a script names; those of the
    /// first target if no word is a target.
    pub(crate) fn scripts_named(&self, words: &[String]) -> Vec<String> {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/' | '%');
        let named = |script: &str| {
            let words = script.split(|c| !is_part(c)).filter(|word| self.rules.contains_key(*word));
            words.map(str::to_owned).collect()
        };
        self.walk(words.iter().filter(|word| self.recipe(word).is_some()).cloned().collect(), &named)
    }

    /// Returns the scripts of targets, of their prerequisites, and of the targets that `more` finds in a script.
    fn walk(&self, targets: Vec<String>, more: &dyn Fn(&str) -> Vec<String>) -> Vec<String> {
        let mut open = if targets.is_empty() { self.first.iter().cloned().collect() } else { targets };
        let (mut seen, mut found) = (HashSet::new(), Vec::new());
        while let Some(target) = open.pop() {
            if let Some(recipe) = self.recipe(&target).filter(|_| !seen.contains(&target)) {
                let script = self.expanded(&recipe.script);
                open.extend(recipe.prerequisites.iter().cloned());
                open.extend(more(&script));
                found.push(script);
            }
            seen.insert(target);
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

/// Returns a command without what tells make how to run it.
fn without_marks(command: &str) -> &str {
    command.trim_start_matches(['@', '-', '+', ' ', '\t'])
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
        let makefile = Makefile::parse(TEXT, RecipeSyntax::Make);
        let sign = "$PWD/bin/cosign sign --yes  \t\t$IMAGE@$DIGEST\n";
        assert_eq!(makefile.scripts(&["sign"]), ["go install cosign\n", sign]);
        assert_eq!(makefile.scripts(&[]).len(), 4);
        assert!(makefile.scripts(&[]).contains(&"echo $HOME\n".to_owned()));
        assert_eq!(makefile.scripts(&["push-x"]), ["docker push $*\nmake sign\n"]);
        assert!(makefile.scripts(&["none"]).is_empty());
        assert_eq!(makefile.includes, ["x.mk"]);
    }

    #[test]
    fn variables_that_name_each_other_end() {
        let makefile = Makefile::parse("A = $(B)$(B)\nB = $(A)$(A)\nx: x\n\techo $(A)\n", RecipeSyntax::Make);
        assert!(makefile.scripts(&["x"]).iter().all(|script| script.len() < 2 * MAX_RECIPE));
    }

    #[test]
    fn words_of_a_recipe_are_followed_only_when_asked() {
        let makefile = Makefile::parse(TEXT, RecipeSyntax::Make);
        let words = ["make".to_owned(), "push-x".to_owned()];
        assert_eq!(makefile.scripts_named(&words).len(), 3, "`make sign` is named, and needs `tool`");
        assert_eq!(makefile.scripts_named(&[]).len(), 4, "the first target");
    }

    #[test]
    fn recipes_of_a_justfile_are_read() {
        let text = "set quiet := true\nv := '1'\n@test:\n  cargo test\nrelease version: test\n    git tag {{version}}\n";
        let justfile = Makefile::parse(text, RecipeSyntax::Just);
        assert_eq!(justfile.scripts(&["release"]), ["cargo test\n", "git tag {{version}}\n"]);
        assert_eq!(justfile.scripts(&[]), ["cargo test\n"]);
        assert!(Makefile::parse(text, RecipeSyntax::Make).scripts(&["test"]).iter().all(String::is_empty));
    }

    #[test]
    fn recipe_under_a_constant_conditional_is_none() {
        let text = "x:\nifeq (0,1)\n\ta\nelse\n\tb\nendif\nifeq ($(V),1)\n\tc\nendif\n\td\n";
        let makefile = Makefile::parse(text, RecipeSyntax::Make);
        assert_eq!(makefile.scripts(&["x"]), ["b\nc\nd\n"]);
    }

    #[test]
    fn commands_are_read_without_the_marks_for_make() {
        let text = "x: ; @-a\n\t@\tb\n\t\t@c\n";
        assert_eq!(Makefile::parse(text, RecipeSyntax::Make).scripts(&["x"]), ["a\nb\nc\n"]);
    }

    /// The scripts come in one order, whichever pattern matches first.
    #[test]
    fn one_of_two_patterns_is_chosen_always() {
        let text = "b%:\n\techo b\n%c:\n\techo c\n";
        let scripts: HashSet<Vec<String>> =
            (0..20).map(|_| Makefile::parse(text, RecipeSyntax::Make).scripts(&["bc"])).collect();
        assert_eq!(scripts.len(), 1);
    }
}
