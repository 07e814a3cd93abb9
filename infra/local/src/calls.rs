//! Counts calls to outside services, by kind.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Counters by kind. A clone counts into the same ones.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    counts: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Calls {
    /// Returns a function that counts a call of the given kind under `service`.
    pub fn counter(&self, service: &'static str) -> Arc<dyn Fn(&'static str) + Send + Sync> {
        let counts = Arc::clone(&self.counts);
        Arc::new(move |kind| {
            let kind = kind.strip_prefix(service).map_or(kind, |rest| rest.trim_start_matches('.'));
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            *counts.entry(format!("{service}.{kind}")).or_default() += 1;
        })
    }

    /// The counts so far.
    pub fn snapshot(&self) -> BTreeMap<String, u64> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
