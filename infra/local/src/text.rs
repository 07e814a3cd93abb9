//! Text for people: aligned tables, moments with their zone and age, and notes on standard error.

use std::io::Write as _;

use domain::Timestamp;
use jiff::SignedDuration;

/// Prints a line on standard error, which is for people: standard output has the result alone.
pub fn note(line: &str) {
    // Somebody who has closed standard error does not want it.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// The text without line breaks and other control characters: it may come from a shop's products, and a terminal obeys
/// some of them.
pub fn one_line(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.trim().to_owned()
}

/// A moment and how far away it is, for example `2026-11-29 02:10 UTC (5 min ago)`.
pub fn moment(at: Timestamp, now: Timestamp) -> String {
    let distance = at.duration_since(now);
    let age = duration(distance.abs());
    let age = if distance.is_positive() { format!("in {age}") } else { format!("{age} ago") };
    format!("{} ({age})", date_time(at))
}

/// A moment to the minute, for example `2026-11-29 02:10 UTC`.
pub fn date_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A duration in its two largest units, for example `3 h 12 min`.
pub fn duration(duration: SignedDuration) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    let seconds = duration.as_secs();
    match seconds {
        ..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        HOUR..DAY => format!("{} h {} min", seconds / HOUR, seconds % HOUR / MINUTE),
        _ => format!("{} d {} h", seconds / DAY, seconds % DAY / HOUR),
    }
}

/// A table with aligned columns.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with this header.
    pub fn new(header: &[&str]) -> Self {
        Self { rows: vec![header.iter().map(|&name| name.to_owned()).collect()] }
    }

    /// Adds a row. Empty cells are shown as `-`.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells = cells.into_iter().map(|cell| match one_line(&cell) {
            cell if cell.is_empty() => "-".to_owned(),
            cell => cell,
        });
        self.rows.push(cells.collect());
    }

    /// The lines, without blanks at their ends.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        self.rows.iter().map(move |row| {
            let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Table, moment, one_line};

    #[test]
    fn moments_show_zone_and_age() {
        let now = "2026-11-29T02:10:00Z".parse().unwrap();
        let check = |at: &str, expect: &str| assert_eq!(moment(at.parse().unwrap(), now), expect);
        check("2026-11-29T02:09:18Z", "2026-11-29 02:09 UTC (42 s ago)");
        check("2026-11-29T02:05:00Z", "2026-11-29 02:05 UTC (5 min ago)");
        check("2026-11-28T22:58:00Z", "2026-11-28 22:58 UTC (3 h 12 min ago)");
        check("2026-12-01T05:10:00Z", "2026-12-01 05:10 UTC (in 2 d 3 h)");
        check("2026-11-29T02:10:00Z", "2026-11-29 02:10 UTC (0 s ago)");
    }

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(&["ORDER", "STAGE"]);
        table.row(["1".to_owned(), "ready".to_owned()]);
        table.row(["577000000000000001".to_owned(), String::new()]);
        let lines: Vec<String> = table.lines().collect();
        assert_eq!(
            lines,
            ["ORDER               STAGE", "1                   ready", "577000000000000001  -"]
        );
    }

    #[test]
    fn nothing_controls_the_terminal() {
        assert_eq!(one_line("a\u{1b}[2Jb\r\nc\n"), "a [2Jb  c");
    }
}
