//! EasyPost: addresses, rates, labels, refunds and trackers.

mod address;
mod auth;
mod buy;
mod config;
mod core;
mod customs;
mod errors;
mod events;
mod given;
mod label;
mod money;
mod operations;
mod pricing;
mod purchase;
mod rates;
mod refund;
mod refusals;
mod route;
mod service;
mod services;
mod shipment;
mod shipment_create;
mod shipment_json;
pub mod sign;
mod states;
mod tracker;
mod trackers;
mod tracking_code;
mod zone;

use std::sync::Arc;

pub use config::{CarrierAccount, EasyPostConfig, StaleRates};
pub use given::GivenRate;
pub use purchase::{Purchase, RefundStatus};
pub use refusals::{AccountRefusal, PurchaseRefusal};
pub use tracker::TrackerStatus;

use self::core::Core;
use crate::Result;
use crate::net::Server;

/// A running EasyPost. Cheap to clone; it stops with [`EasyPost::shutdown`] or the last clone.
#[derive(Debug, Clone)]
pub struct EasyPost(Arc<Running>);

#[derive(Debug)]
struct Running {
    server: Server,
    core: Arc<Core>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.core.courier.stop();
    }
}

impl EasyPost {
    /// Listens on 127.0.0.1 and serves in the background of the current tokio runtime.
    pub async fn start(config: EasyPostConfig) -> Result<Self> {
        let (server, listener) = Server::bind(config.port).await?;
        let faults = config.faults.clone();
        let core = Arc::new(Core::new(config, server.url().to_owned())?);
        server.serve(listener, core.clone(), faults);
        Ok(Self(Arc::new(Running { server, core })))
    }

    /// The host's base URL, to which `/v2/...` is added: `http://127.0.0.1:port`.
    pub fn url(&self) -> &str {
        self.0.server.url()
    }

    /// Closes the listener and its connections, and ends all webhooks under way.
    pub fn shutdown(&self) {
        self.0.server.stop();
        self.0.core.courier.stop();
    }

    /// The API key.
    pub fn api_key(&self) -> &str {
        &self.core().config.api_key
    }

    /// The secret that signs webhooks, until another is set.
    pub fn webhook_secret(&self) -> &str {
        &self.core().config.webhook_secret
    }

    fn core(&self) -> &Arc<Core> {
        &self.0.core
    }
}
