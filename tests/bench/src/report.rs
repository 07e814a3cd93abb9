//! The table of figures.

use std::io::{self, Write as _};
use std::time::Duration;

use crate::machine;
use crate::spread::Spread;

/// One figure.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// What was done.
    pub what: String,
    /// How often.
    pub n: usize,
    /// Half of them took no longer.
    pub p50: Option<Duration>,
    /// 99 of 100 took no longer.
    pub p99: Option<Duration>,
    /// Operations per second.
    pub a_second: Option<f64>,
    /// A remark.
    pub remark: String,
}

impl Row {
    /// Operations that were measured one by one, one after the other.
    pub fn spread(what: impl Into<String>, spread: &Spread) -> Self {
        let a_second = Some(1.0 / spread.mean().as_secs_f64());
        let row = Self::median(what, spread.count(), spread.percentile(50));
        Self { p99: Some(spread.percentile(99)), a_second, ..row }
    }

    /// `n` operations of which only the median is known.
    pub fn median(what: impl Into<String>, n: usize, p50: Duration) -> Self {
        let a_second = Some(1.0 / p50.as_secs_f64());
        Self { what: what.into(), n, p50: Some(p50), a_second, ..Self::default() }
    }

    /// Adds a remark.
    #[must_use]
    pub fn remark(self, remark: impl Into<String>) -> Self {
        Self { remark: remark.into(), ..self }
    }

    fn cells(&self) -> [String; 6] {
        let time = |time: Option<Duration>| time.map_or_else(String::new, duration);
        [
            self.what.clone(),
            count(self.n as f64),
            time(self.p50),
            time(self.p99),
            self.a_second.map_or_else(String::new, count),
            self.remark.clone(),
        ]
    }
}

const HEAD: [&str; 6] = ["", "n", "p50", "p99", "a second", ""];

/// Prints figures as they come, and all of them at the end.
#[derive(Debug)]
pub struct Report {
    rows: Vec<[String; 6]>,
    began: String,
}

impl Default for Report {
    fn default() -> Self {
        Self { rows: Vec::new(), began: machine::describe() }
    }
}

impl Report {
    /// Adds a figure.
    pub fn add(&mut self, row: &Row) -> io::Result<()> {
        if self.rows.is_empty() {
            line(&HEAD.map(str::to_owned))?;
        }
        let cells = row.cells();
        line(&cells)?;
        self.rows.push(cells);
        Ok(())
    }

    /// Prints a line outside of the table.
    pub fn say(&self, text: &str) -> io::Result<()> {
        writeln!(io::stdout().lock(), "{text}")
    }

    /// Prints all figures as a table in Markdown.
    pub fn finish(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "\n{} at the start, {} at the end\n", self.began, machine::load())?;
        writeln!(out, "| {} |", HEAD.join(" | "))?;
        writeln!(out, "|---|--:|--:|--:|--:|---|")?;
        for cells in &self.rows {
            writeln!(out, "| {} |", cells.join(" | "))?;
        }
        Ok(())
    }
}

fn line([what, n, p50, p99, a_second, remark]: &[String; 6]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{what:<58}{n:>8}{p50:>10}{p99:>10}{a_second:>11}  {remark}")
}

/// Three significant digits and a unit.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let (value, unit) = match seconds {
        s if s < 1e-6 => (s * 1e9, "ns"),
        s if s < 1e-3 => (s * 1e6, "µs"),
        s if s < 1.0 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    let decimals = match value {
        v if v < 10.0 => 2,
        v if v < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}

/// A whole number with separators.
pub fn count(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{count, duration};

    #[test]
    fn writes_for_people() {
        for (nanos, expect) in [
            (850, "850 ns"),
            (1_234, "1.23 µs"),
            (45_600, "45.6 µs"),
            (2_000_000, "2.00 ms"),
            (61_000_000_000, "61.0 s"),
        ] {
            assert_eq!(duration(Duration::from_nanos(nanos)), expect);
        }
        assert_eq!([count(12.4), count(1_000.0), count(1_234_567.0)], ["12", "1,000", "1,234,567"]);
    }
}
