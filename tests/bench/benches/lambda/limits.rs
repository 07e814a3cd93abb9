//! Limits for functions. If one is exceeded, find out what has come into the binary.

use crate::measure::Figures;
use crate::table::mib;

/// A cold start fetches and unpacks the zip before any of our code runs. The SDK with all its defaults is larger than this, so
/// the limit shows when it slips in. The largest functions quote and buy from the seller's carriers and from TikTok, and take a
/// little over 3 MiB.
const ZIP_BYTES_MAX: u64 = 3 * 1024 * 1024 + 256 * 1024;
/// A function has 256 MB for the share of a processor that comes with it, and keeps nothing in memory. One that takes more than
/// this has read or kept something that it does not need.
const PEAK_BYTES_MAX: u64 = 20 * 1024 * 1024;

/// One line for each limit that is exceeded. The time of a start has no limit, because it depends on what else the machine does;
/// the aim is twice the time of the empty function.
pub fn broken(all: &[Figures]) -> Vec<String> {
    all.iter().flat_map(broken_by).collect()
}

fn broken_by(figures: &Figures) -> Vec<String> {
    let name = figures.name;
    let mut broken = Vec::new();
    let mut limit = |what: &str, value: u64, max: u64| {
        if value > max {
            broken.push(format!("{name} is over a limit: {what} is {}, at most {}", mib(value), mib(max)));
        }
    };
    limit("the zip", figures.zip_bytes, ZIP_BYTES_MAX);
    limit("the peak of memory", figures.peak_bytes, PEAK_BYTES_MAX);
    broken
}
