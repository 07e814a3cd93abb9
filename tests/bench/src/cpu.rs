//! CPU time, as Linux counts it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use crate::spread::Spread;

/// The number of rounds. Other programs disturb some of them; the median is that of the others.
const ROUNDS: usize = 20;

/// CPU time by the name of the threads that used it.
pub type ByThread = BTreeMap<String, Duration>;

/// CPU time of the calling thread. The kernel adds to it at its ticks, so measure many milliseconds.
fn of_this_thread() -> anyhow::Result<Duration> {
    on_cpu(Path::new("/proc/thread-self"))
}

/// CPU time of all live threads of this process.
pub fn by_thread() -> anyhow::Result<ByThread> {
    let mut all = ByThread::new();
    for thread in fs::read_dir("/proc/self/task")? {
        let folder = thread?.path();
        // A thread may end while the folder is read.
        if let (Ok(name), Ok(used)) = (fs::read_to_string(folder.join("comm")), on_cpu(&folder)) {
            *all.entry(name.trim().to_owned()).or_default() += used;
        }
    }
    Ok(all)
}

/// CPU time of all live threads of the process `id`.
pub fn of_process(id: u32) -> anyhow::Result<Duration> {
    let mut sum = Duration::ZERO;
    for thread in fs::read_dir(format!("/proc/{id}/task"))? {
        // A thread may end while the folder is read.
        sum += on_cpu(&thread?.path()).unwrap_or_default();
    }
    Ok(sum)
}

/// CPU time of the calling thread for one of `calls` calls of `work`, on average, in each of twenty rounds; a tenth of
/// the calls come before, to warm up.
pub async fn per_call<F: Future<Output = anyhow::Result<()>>>(
    calls: usize,
    mut work: impl FnMut() -> F,
) -> anyhow::Result<Spread> {
    for _ in 0..calls / 10 {
        work().await?;
    }
    let in_a_round = calls.div_ceil(ROUNDS);
    let mut took = Vec::new();
    for _ in 0..ROUNDS {
        let before = of_this_thread()?;
        for _ in 0..in_a_round {
            work().await?;
        }
        took.push(of_this_thread()?.saturating_sub(before).div_f64(in_a_round as f64));
    }
    Ok(Spread::of(took))
}

/// What was used from `before` to `after`, threads that used less than a hundredth of a second left out.
pub fn since(before: &ByThread, after: ByThread) -> ByThread {
    let used = |(name, now): (String, Duration)| {
        let used = now.saturating_sub(before.get(&name).copied().unwrap_or_default());
        (used >= Duration::from_millis(10)).then_some((name, used))
    };
    after.into_iter().filter_map(used).collect()
}

/// The first number of `schedstat`: nanoseconds on a CPU.
fn on_cpu(folder: &Path) -> anyhow::Result<Duration> {
    let file = folder.join("schedstat");
    let text =
        fs::read_to_string(&file).with_context(|| format!("{} (only Linux has it)", file.display()))?;
    let nanos = text.split_whitespace().next().context("an empty schedstat")?;
    Ok(Duration::from_nanos(nanos.parse()?))
}
