//! How fast an outside service may be asked.
//!
//! Services publish no numbers, or numbers that move with their load. So each account has a rate of its own that follows
//! the service's answers ([`Throttle`]), and whoever wants to call waits for a turn ([`Limiter`]).

mod limiter;
mod throttle;

pub use limiter::Limiter;
pub use throttle::{RateLimits, Throttle};
