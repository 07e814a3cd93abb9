//! How many calls a shop may receive.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;

use super::reply::ApiError;
use crate::clock;
use crate::lock::locked;

/// A bucket per shop that fills at the allowed rate and holds a second's worth.
#[derive(Debug)]
pub(crate) struct Quota {
    qps_max: Option<u32>,
    buckets: Mutex<HashMap<String, Bucket>>,
    refused: AtomicU64,
}

#[derive(Debug)]
struct Bucket {
    calls: f64,
    filled_at: Timestamp,
}

impl Quota {
    pub(crate) fn new(qps_max: Option<u32>) -> Self {
        Self { qps_max, buckets: Mutex::default(), refused: AtomicU64::new(0) }
    }

    /// How many calls were refused.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Takes one call from the shop's bucket.
    pub(crate) fn take(&self, shop_id: &str) -> Result<(), ApiError> {
        let Some(qps_max) = self.qps_max.map(f64::from) else { return Ok(()) };
        let now = clock::now();
        let mut buckets = locked(&self.buckets);
        let bucket = buckets.entry(shop_id.to_owned()).or_insert(Bucket { calls: qps_max, filled_at: now });
        let passed = now.duration_since(bucket.filled_at).as_secs_f64().max(0.0);
        bucket.calls = (bucket.calls + passed * qps_max).min(qps_max);
        bucket.filled_at = now;
        if bucket.calls < 1.0 {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err(ApiError::too_many_requests());
        }
        bucket.calls -= 1.0;
        Ok(())
    }
}
