//! The table.

use std::io::{self, Write};

use bench::report::duration;
use bench::spread::Spread;

use crate::measure::{Figures, ratio_to_empty};

/// Start: from spawn to the first request for an event. Requests: to AWS, during a start and for an event.
const HEAD: [&str; 14] = [
    "",
    "binary",
    "zip",
    "start p50",
    "min",
    "p99",
    "to empty",
    "CPU p50",
    "to empty",
    "first event p50",
    "later p50",
    "p99",
    "peak memory",
    "requests",
];

/// Writes the figures in Markdown.
pub fn write(out: &mut impl Write, all: &[Figures]) -> io::Result<()> {
    writeln!(out, "| {} |", HEAD.join(" | "))?;
    writeln!(out, "|---{}|", "|--:".repeat(HEAD.len() - 1))?;
    for figures in all {
        writeln!(out, "| {} |", cells(figures, all).join(" | "))?;
    }
    Ok(())
}

fn cells(figures: &Figures, all: &[Figures]) -> [String; HEAD.len()] {
    let Figures { start, first, warm, .. } = figures;
    [
        figures.name.to_owned(),
        mib(figures.bytes),
        mib(figures.zip_bytes),
        duration(start.percentile(50)),
        duration(start.percentile(0)),
        duration(start.percentile(99)),
        ratio(figures, all, |figures| &figures.start),
        duration(figures.start_cpu.percentile(50)),
        ratio(figures, all, |figures| &figures.start_cpu),
        duration(first.percentile(50)),
        duration(warm.percentile(50)),
        duration(warm.percentile(99)),
        mib(figures.peak_bytes),
        format!("{} + {}", figures.start_requests, figures.event_requests),
    ]
}

fn ratio(figures: &Figures, all: &[Figures], of: fn(&Figures) -> &Spread) -> String {
    ratio_to_empty(figures, all, of).map_or_else(String::new, |ratio| format!("{ratio:.2}"))
}

/// Mebibytes.
pub fn mib(bytes: u64) -> String {
    format!("{:.2} MiB", bytes as f64 / f64::from(1024 * 1024))
}
