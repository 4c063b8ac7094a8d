//! Matches steps that make an SBOM to the images that they name.

use std::collections::{HashMap, HashSet};

use aho_corasick::AhoCorasick;

use super::FlatJob;
use super::sbom::makes_sbom;
use crate::workflow::model::steps::FlatStep;

/// Returns the indices of the steps that push an image for which the same job makes an SBOM.
///
/// If the job pushes several images, the step that makes the SBOM must name the image; otherwise any SBOM
/// counts.
pub(in crate::workflow) fn described(job: &FlatJob<'_>) -> HashSet<usize> {
    let mut makers = job.steps_that(makes_sbom).map(|(_, step)| step).peekable();
    if makers.peek().is_none() {
        return HashSet::new();
    }
    if let [(at, _)] = job.pushes.as_slice() {
        return HashSet::from([*at]);
    }
    let mut names: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, _) in &job.pushes {
        for name in job.steps.get(*at).into_iter().flat_map(tagged) {
            names.entry(name).or_default().push(*at);
        }
    }
    let (names, places): (Vec<&str>, Vec<Vec<usize>>) = names.into_iter().unzip();
    let mut found = HashSet::new();
    // With too many names for an automaton, their images count as without an SBOM.
    let Ok(automaton) = AhoCorasick::new(&names) else { return found };
    let mut seen = vec![false; names.len()];
    for step in makers {
        for name in automaton.find_overlapping_iter(&step.text) {
            let number = name.pattern().as_usize();
            if let (Some(seen @ false), Some(places)) = (seen.get_mut(number), places.get(number)) {
                *seen = true;
                found.extend(places);
            }
        }
    }
    found
}

/// Returns the names of the images that a step tags, without the tags.
fn tagged(step: &FlatStep) -> impl Iterator<Item = &str> {
    let tags = step.input("tags").unwrap_or_default().split([',', '\n', ' ']);
    tags.map(|tag| tag.rsplit_once(':').map_or(tag, |(name, _)| name)).filter(|name| name.contains('/'))
}
