//! How many orders this machine has room for.

use std::fs;

/// What an order takes while it is worked on: its record, quotes and replies. Measured: some 70 KB.
const BYTES_PER_ORDER: u64 = 128 << 10;
/// Orders may take one part in so many of the memory.
const MEMORY_SHARE: u64 = 4;
/// The least, however little memory there seems to be.
const ORDERS_MIN: usize = 96;
/// The most: no outside service is fast enough for more.
const ORDERS_MAX: usize = 4_096;

/// How many orders may be worked on at once.
pub(crate) fn orders_at_once() -> usize {
    orders_in(available_bytes().unwrap_or(0))
}

fn orders_in(bytes: u64) -> usize {
    usize::try_from(bytes / MEMORY_SHARE / BYTES_PER_ORDER)
        .unwrap_or(usize::MAX)
        .clamp(ORDERS_MIN, ORDERS_MAX)
}

/// The memory that the container or, outside a container, the machine has available, in bytes.
fn available_bytes() -> Option<u64> {
    let of_container = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        .iter()
        .find_map(|path| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok());
    let used = fs::read_to_string("/sys/fs/cgroup/memory.stat").ok().and_then(|text| used_in(&text));
    let of_container = of_container.map(|limit| limit.saturating_sub(used.unwrap_or(0)));
    let of_machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| available_in(&text));
    match (of_container, of_machine) {
        (Some(container), Some(machine)) => Some(machine.min(container)),
        (one, other) => one.or(other),
    }
}

/// The memory of processes in `memory.stat`, in bytes. Whatever else a container uses, the kernel gives back.
fn used_in(stat: &str) -> Option<u64> {
    stat.lines().find_map(|line| line.strip_prefix("anon "))?.trim().parse().ok()
}

/// `MemAvailable` of `/proc/meminfo`, in bytes.
fn available_in(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::{available_in, orders_in, used_in};

    #[test]
    fn follows_the_memory_within_limits() {
        assert_eq!(orders_in(0), 96);
        assert_eq!(orders_in(512 << 20), 1_024);
        assert_eq!(orders_in(64 << 30), 4_096);
    }

    #[test]
    fn reads_the_figures_of_linux() {
        let meminfo = "MemTotal:       24689764 kB\nMemFree: 1 kB\nMemAvailable:   23110892 kB\n";
        assert_eq!(available_in(meminfo), Some(23_110_892 * 1024));
        assert_eq!(available_in("MemTotal: 5 kB"), None);
        assert_eq!(used_in("anon 73400320\nfile 1\n"), Some(70 << 20));
        assert_eq!(used_in("file 1\nanon_thp 5\n"), None);
    }
}
