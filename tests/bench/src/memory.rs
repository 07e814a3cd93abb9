//! Memory, as Linux counts it.

use std::fs;

use anyhow::Context as _;

/// The peak memory of the process `id`, in bytes: resident pages, including those of its binary.
pub fn peak_of_process(id: u32) -> anyhow::Result<u64> {
    let file = format!("/proc/{id}/status");
    let status = fs::read_to_string(&file).with_context(|| format!("{file} (only Linux has it)"))?;
    peak(&status).with_context(|| format!("{file} has no peak"))
}

/// Linux writes kB and means 1,024 bytes.
fn peak(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::peak;

    #[test]
    fn reads_the_peak() {
        assert_eq!(peak("VmPeak:\t  165440 kB\nVmHWM:\t    6812 kB\nVmRSS:\t    6800 kB\n"), Some(6_975_488));
        assert_eq!(peak("VmRSS:\t    6800 kB\n"), None);
    }
}
