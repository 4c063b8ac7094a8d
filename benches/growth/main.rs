//! Growth of the cost with the size of the work.
//!
//! `cargo bench --bench growth` does each kind of work in three sizes, of which each is double the one before, and prints CPU time
//! and peak memory of git-gate, the same of the command with which it is compared, and the exponent of the growth: 1 is linear,
//! 2 is quadratic. Kinds of work are large histories, reports and policies, and small pushes that cost much: those go to a server
//! without a deadline. `-- <percent>` scales all sizes, `-- <percent> <name>...` does some of them. The environment variable
//! `GIT_GATE_BINARY` names another git-gate to measure. Prints and asserts nothing.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench prints, and stops when it cannot go on"
)]

mod bombs;
mod measure;
mod rows;
mod stream;

use std::path::Path;

use bombs::BOMBS;
use measure::{Run, exponent};
use rows::ROWS;

/// Sizes of the work, as multiples of the smallest.
const FACTORS: [usize; 3] = [1, 2, 4];

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let percent: usize = arguments.next().map_or(100, |percent| percent.parse().unwrap());
    let wanted: Vec<String> = arguments.collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let sizes = |size: usize| FACTORS.map(|factor| (size * percent / 100).max(1) * factor);
    println!(
        "{:>9}  {:<28} {:>8} {:>7} {:>7} {:>9} {:>7} {:>6}",
        "size", "of", "CPU s", "MB", "status", "other s", "MB", "ratio"
    );
    for row in ROWS.iter().filter(|row| is_wanted(row.name)) {
        measure(row.name, sizes(row.size), |folder, size| {
            let (run, other) = (row.build)(folder, size);
            (run, Some(other))
        });
    }
    for bomb in BOMBS.iter().filter(|bomb| is_wanted(bomb.name)) {
        measure(bomb.name, sizes(bomb.size), |folder, size| (bomb.run(folder, size), None));
    }
}

/// Does work in some sizes, and prints what each costs, and how that grows.
fn measure(name: &str, sizes: [usize; 3], build: impl Fn(&Path, usize) -> (Run, Option<Run>)) {
    let (mut times, mut memories) = (Vec::new(), Vec::new());
    for size in sizes {
        let folder = tempfile::tempdir().unwrap();
        let (run, other) = build(folder.path(), size);
        // The first of two runs reads what is not in memory yet.
        run.cost();
        let cost = run.cost();
        let compared = other.map_or(String::new(), |other| {
            let other = other.cost();
            format!(" {:>9.2} {:>7} {:>6.2}", other.cpu, other.memory / 1000, cost.cpu / other.cpu.max(0.005))
        });
        println!(
            "{size:>9}  {name:<28} {:>8.2} {:>7} {:>7}{compared}",
            cost.cpu,
            cost.memory / 1000,
            cost.status
        );
        times.push((size, cost.cpu));
        #[expect(clippy::cast_precision_loss, reason = "kilobytes are far below 2^52")]
        memories.push((size, cost.memory as f64));
    }
    println!("{:>9}  {name}: time n^{:.2}, memory n^{:.2}", "", exponent(&times), exponent(&memories));
}
