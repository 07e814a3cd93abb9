//! How many orders this machine has room for.

use std::fs;

/// What an order takes while it is worked on: its record, quotes and answers. Measured: some 70 KB.
const BYTES_AN_ORDER: u64 = 128 << 10;
/// The part of the memory that orders may take.
const PART: u64 = 4;
/// The least, whatever the machine says of itself.
const ORDERS_MIN: usize = 96;
/// The most. Beyond it, no outside service is fast enough to make use of it.
const ORDERS_MAX: usize = 4_096;

/// How many orders may be worked on at once.
pub(crate) fn orders_at_once() -> usize {
    orders_in(limit().unwrap_or(0))
}

fn orders_in(bytes: u64) -> usize {
    usize::try_from(bytes / PART / BYTES_AN_ORDER).unwrap_or(usize::MAX).clamp(ORDERS_MIN, ORDERS_MAX)
}

/// The memory of the container or, where there is none, what the machine has available, in bytes.
fn limit() -> Option<u64> {
    let of_container = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        .iter()
        .find_map(|path| fs::read_to_string(path).ok()?.trim().parse().ok());
    let of_machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| available(&text));
    match (of_container, of_machine) {
        (Some(container), Some(machine)) => Some(machine.min(container)),
        (one, other) => one.or(other),
    }
}

/// `MemAvailable` of `/proc/meminfo`, in bytes.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::{available, orders_in};

    #[test]
    fn follows_the_memory_within_bounds() {
        assert_eq!(orders_in(0), 96);
        assert_eq!(orders_in(512 << 20), 1_024);
        assert_eq!(orders_in(64 << 30), 4_096);
    }

    #[test]
    fn reads_what_linux_says() {
        let meminfo = "MemTotal:       24689764 kB\nMemFree: 1 kB\nMemAvailable:   23110892 kB\n";
        assert_eq!(available(meminfo), Some(23_110_892 * 1024));
        assert_eq!(available("MemTotal: 5 kB"), None);
    }
}
