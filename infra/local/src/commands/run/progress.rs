//! The progress and the summary of a run, for people.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};

use domain::{Currency, Money};

use crate::summary::Summary;

/// Shows the progress on standard error: on a terminal as a line that is overwritten, elsewhere as a new line whenever
/// something has changed.
#[derive(Debug, Default)]
pub(super) struct ProgressLine {
    last: String,
}

impl ProgressLine {
    /// Shows `summary`; `expected` is how many orders there will be, where that is known.
    pub(super) fn show(&mut self, summary: &Summary, expected: Option<usize>) {
        let of = match expected {
            Some(n) if summary.orders < n => format!("{}/{n}", summary.orders),
            // There may be more, from an earlier run on the same folder.
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

    /// Ends the line on a terminal.
    pub(super) fn finish(&mut self) {
        let mut out = std::io::stderr().lock();
        if out.is_terminal() && !self.last.is_empty() {
            let _ = writeln!(out);
        }
    }
}

/// The summary as lines of text.
pub(super) fn summary_lines(summary: &Summary) -> Vec<String> {
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
        ("postage in this run", postage(&summary.postage)),
        ("paid to uploaded, ms", format!("p50 {}, p99 {}, max {}", latency.p50, latency.p99, latency.max)),
        ("outside calls", summary.outside_calls.values().sum::<u64>().to_string()),
        ("time, ms", summary.elapsed_ms.to_string()),
    ];
    let rows = rows.into_iter().map(|(name, value)| format!("{name:<26} {value:>10}"));
    let kinds = summary.exceptions_by_kind.iter();
    rows.chain(kinds.map(|(kind, count)| format!("  exception {kind:<30} {count:>4}"))).collect()
}

fn postage(sums: &BTreeMap<Currency, i64>) -> String {
    let sums: Vec<String> = sums
        .iter()
        .map(|(currency, minor)| Money { minor: *minor, currency: *currency }.to_string())
        .collect();
    if sums.is_empty() { "none".to_owned() } else { sums.join(", ") }
}
