//! Progress and summary for people.

use std::io::{IsTerminal as _, Write as _};

use crate::summary::Summary;

/// Shows how far the work is, on standard error: a line that renews itself on a terminal, else a line when something
/// has changed.
#[derive(Debug, Default)]
pub struct Progress {
    last: String,
}

impl Progress {
    /// Shows `summary`, of `expected` orders if their number is known.
    pub fn show(&mut self, summary: &Summary, expected: Option<usize>) {
        let of = match expected {
            Some(n) if summary.orders < n => format!("{}/{n}", summary.orders),
            // An earlier run on the same folder may have left more.
            _ => summary.orders.to_string(),
        };
        let mut line = format!(
            "{of} orders: {} uploaded, {} exceptions, {} cancelled, {} under way",
            summary.uploaded, summary.exceptions, summary.cancelled, summary.under_way
        );
        if summary.unreadable > 0 {
            line += &format!(", {} records can't be read", summary.unreadable);
        }
        if line == self.last {
            return;
        }
        let mut out = std::io::stderr().lock();
        // Progress that can't be shown is no reason to stop.
        let _ = if out.is_terminal() { write!(out, "\r\x1b[K{line}") } else { writeln!(out, "{line}") };
        let _ = out.flush();
        self.last = line;
    }

    /// Ends the line.
    pub fn finish(&mut self) {
        let mut out = std::io::stderr().lock();
        if out.is_terminal() && !self.last.is_empty() {
            let _ = writeln!(out);
        }
    }
}

/// Says one line to a person.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Prints the summary to standard output: one JSON object, or a table.
pub fn print(summary: &Summary, json: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer(&mut out, summary)?;
        return writeln!(out);
    }
    let latency = summary.paid_to_uploaded_ms;
    let rows = [
        ("orders", summary.orders.to_string()),
        ("uploaded to TikTok", summary.uploaded.to_string()),
        ("exceptions", summary.exceptions.to_string()),
        ("cancelled", summary.cancelled.to_string()),
        ("not ours to ship", summary.not_ours.to_string()),
        ("under way", summary.under_way.to_string()),
        ("lost", summary.lost.to_string()),
        ("unreadable records", summary.unreadable.to_string()),
        ("dead letters", summary.dead_letters.to_string()),
        ("labels bought in this run", summary.labels_bought.to_string()),
        ("labels bought twice", summary.labels_bought_twice.to_string()),
        ("labels voided", summary.labels_voided.to_string()),
        (
            "postage of this run",
            format!("{}.{:02}", summary.postage_cents / 100, summary.postage_cents % 100),
        ),
        ("paid to uploaded, ms", format!("p50 {}, p99 {}, max {}", latency.p50, latency.p99, latency.max)),
        ("calls to the outside", summary.outside_calls.values().sum::<u64>().to_string()),
        ("time, ms", summary.elapsed_ms.to_string()),
    ];
    for (name, value) in rows {
        writeln!(out, "{name:<26} {value:>10}")?;
    }
    for (kind, count) in &summary.exceptions_by_kind {
        writeln!(out, "  exception {kind:<30} {count:>4}")?;
    }
    Ok(())
}
