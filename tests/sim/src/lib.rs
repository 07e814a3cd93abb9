//! TikTok Shop and EasyPost as local HTTP servers.
//!
//! Each server keeps real state, refuses what the real service refuses, and can be told to fail:
//! slowly, loudly, or by closing the connection after the effect took place. The product is only
//! given a base URL; nothing in its code knows that these servers exist.

mod browser;
pub mod clock;
pub mod easypost;
mod error;
pub mod faults;
mod ids;
mod lock;
mod net;
mod pdf;
pub mod sandbox;
pub mod tiktok;
pub mod webhooks;

pub use browser::{Browser, Page};
pub use error::Error;
pub use faults::{CallKind, Fault, Faults};
pub use sandbox::{Sandbox, SandboxConfig};

/// The result of starting a simulator.
pub type Result<T> = std::result::Result<T, Error>;
