//! The machine on which the figures were measured.

use std::fs;
use std::thread::available_parallelism;

/// One line: the CPU, how many of it, and the load of the last minute.
pub fn describe() -> String {
    let cpus = available_parallelism().map_or(0, usize::from);
    format!("{cpus} x {}, load {}", model(), load())
}

/// How many processes ran or waited to run, on average over the last minute.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("unknown").to_owned()
}

fn model() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or("unknown CPU", |(_, name)| name.trim()).to_owned()
}
