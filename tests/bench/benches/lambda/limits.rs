//! What a function may take. A limit that is broken is a reason to look what has come into the binary.

use crate::measure::Figures;
use crate::table::mib;

/// 3 MiB (3 * 1024 * 1024 bytes). A cold start fetches and unpacks the zip before anything of ours runs; the SDK with
/// all its defaults is larger than this, so one that slips in shows.
const ZIP_BYTES_MAX: u64 = 3 * 1024 * 1024;
/// 20 MiB. A function has 256 MB because of the share of a processor that comes with it, and keeps nothing in memory: one
/// that takes more has read or kept something that it does not need.
const PEAK_BYTES_MAX: u64 = 20 * 1024 * 1024;

/// One line for each limit that is broken. How long a start takes is shown and is no limit here: it depends on what else
/// the machine does; twice the time of the empty function is what is aimed at.
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
