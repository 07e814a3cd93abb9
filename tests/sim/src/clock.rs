//! The one place that reads the clock of the machine.

use jiff::Timestamp;

/// Now.
#[allow(clippy::disallowed_methods, reason = "a server that plays a provider has a clock of its own")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Now, in whole Unix seconds.
pub fn unix_seconds() -> i64 {
    now().as_second()
}
