//! TikTok Shop and EasyPost as local HTTP servers.
//!
//! Each server keeps real state, refuses what the real service refuses, and can be told to fail:
//! slowly, loudly, or by closing the connection after the effect took place. The product is only
//! given a base URL; nothing in its code knows that these servers exist.

mod browser;
mod carrier;
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

use std::sync::Arc;

pub use browser::{Browser, Page};
pub use carrier::CarrierService;
pub use error::Error;
pub use faults::{CallKind, Fault, Faults};
pub use sandbox::{Sandbox, SandboxConfig};

/// The result of starting a simulator.
pub type Result<T> = std::result::Result<T, Error>;

/// Every service that sells labels in a sandbox: its EasyPost, which it has set up itself, and the others, started here.
async fn carriers(easypost: &easypost::EasyPost) -> Result<Vec<Arc<dyn CarrierService>>> {
    Ok(vec![Arc::new(easypost.clone())])
}
