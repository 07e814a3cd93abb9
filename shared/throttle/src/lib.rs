//! Client-side rate limiting of an outside service.
//!
//! Services publish no limits, or limits that move with their load. So each account has a rate of its own that follows the
//! service's answers ([`Throttle`]), and whoever wants to call waits for a turn ([`Limiter`]).

mod limiter;
mod throttle;

pub use limiter::Limiter;
pub use throttle::{RateLimits, Throttle};
