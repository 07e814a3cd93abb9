//! Tracking codes: each carrier's form, never the same twice.

use std::sync::atomic::{AtomicU64, Ordering};

/// Hands out tracking codes.
#[derive(Debug)]
pub(crate) struct TrackingCodes(AtomicU64);

impl Default for TrackingCodes {
    fn default() -> Self {
        // Several simulators in one test must not hand out the same codes.
        Self(AtomicU64::new(fastrand::u64(10_000_000..90_000_000)))
    }
}

impl TrackingCodes {
    pub(crate) fn next(&self, carrier: &str) -> String {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        match carrier {
            "USPS" => format!("9400100208{n:012}"),
            "DhlEcs" => format!("9261290100{n:012}"),
            "FedExDefault" => format!("7946{:08}", n % 100_000_000),
            _ => format!("1Z8V4X0303{:08}", n % 100_000_000),
        }
    }
}

/// The carrier that hands out codes of this form.
pub(crate) fn carrier(code: &str) -> Option<&'static str> {
    let forms = [("94001002", "USPS"), ("92612901", "DhlEcs"), ("7946", "FedExDefault"), ("1Z", "UPSDAP")];
    forms.into_iter().find(|(prefix, _)| code.starts_with(prefix)).map(|(_, carrier)| carrier)
}
