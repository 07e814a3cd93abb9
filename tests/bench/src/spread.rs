//! How long operations took.

use std::time::{Duration, Instant};

/// Durations of single operations.
#[derive(Clone, Debug, Default)]
pub struct Spread {
    sorted: Vec<Duration>,
}

impl Spread {
    /// Of these.
    pub fn of(mut took: Vec<Duration>) -> Self {
        took.sort_unstable();
        Self { sorted: took }
    }

    /// Does `work` `n` times, after a tenth of that to warm up. `prepare` makes what an operation works on and is not
    /// measured; dropping what `work` returns is.
    pub fn measure<I, O>(n: usize, mut prepare: impl FnMut() -> I, mut work: impl FnMut(I) -> O) -> Self {
        let mut once = || {
            let input = prepare();
            let begun = Instant::now();
            drop(std::hint::black_box(work(std::hint::black_box(input))));
            begun.elapsed()
        };
        for _ in 0..n / 10 {
            once();
        }
        Self::of((0..n).map(|_| once()).collect())
    }

    /// How many operations.
    pub fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The nearest-rank percentile.
    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.sorted.len() * percent).div_ceil(100);
        self.sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// The mean.
    pub fn mean(&self) -> Duration {
        let sum: Duration = self.sorted.iter().sum();
        sum.div_f64(self.sorted.len().max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Spread;

    #[test]
    fn takes_the_nearest_rank() {
        let spread = Spread::of((1..=200).rev().map(Duration::from_millis).collect());
        assert_eq!(spread.percentile(50), Duration::from_millis(100));
        assert_eq!(spread.percentile(99), Duration::from_millis(198));
        assert_eq!(spread.mean(), Duration::from_micros(100_500));
        assert_eq!(Spread::default().percentile(99), Duration::ZERO);
    }
}
