//! TikTok Shop: the open platform and its authorization host on one listener.

mod acceptance;
mod address_json;
mod cancel_order;
mod cancel_reasons;
mod cancellation;
mod cancellation_answer;
mod cancellation_search;
mod chat;
mod chat_read;
mod chat_write;
mod config;
mod consent;
mod core;
mod dispatch;
mod events;
mod gate;
mod inventory;
mod logistics;
mod mark_shipped;
mod odd_gate;
mod odd_search;
mod operations;
mod order;
mod order_detail;
mod order_json;
mod order_search;
mod page_token;
mod platform;
mod product_json;
mod quota;
mod reply;
mod route;
mod script;
pub mod sign;
mod slow_shop;
mod spec;
mod tokens;
mod views;

use std::sync::Arc;

pub use acceptance::LabelRule;
pub use chat::{MessageView, Speaker};
pub use config::{OldAccessToken, TikTokConfig};
pub use consent::Consent;
pub use odd_gate::{BREAKS_ANSWERS, FAILS_ANSWERS};
pub use odd_search::OddSearch;
pub use operations::OperationError;
pub use order::{CancelledBy, OrderStatus};
pub use platform::{BoughtBy, CreateOddity, PlatformConfig, PlatformPackageView, PlatformService};
pub use script::{Action, Step, When};
pub use spec::{
    DeliveryOption, Fulfillment, LineSpec, OrderSpec, PackageSpec, ProductSpec, Recipient, Region,
    SellerType, ShippingType, ShopSpec, WarehouseSpec,
};
pub use tokens::TokenPair;
pub use views::{CancellationView, LineView, OrderView, Upload};

use self::core::Core;
use crate::Result;
use crate::net::Server;

/// A running TikTok Shop. Cheap to clone; it stops with [`TikTok::shutdown`] or the last clone.
#[derive(Debug, Clone)]
pub struct TikTok(Arc<Running>);

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

impl TikTok {
    /// Listens on 127.0.0.1 and serves in the background of the current tokio runtime.
    pub async fn start(config: TikTokConfig) -> Result<Self> {
        let (server, listener) = Server::bind(config.port).await?;
        let faults = config.faults.clone();
        let core = Arc::new(Core::new(config, server.url().to_owned())?);
        server.serve(listener, core.clone(), faults);
        Ok(Self(Arc::new(Running { server, core })))
    }

    /// The base URL of the API and of the authorization host: `http://127.0.0.1:port`.
    pub fn url(&self) -> &str {
        self.0.server.url()
    }

    /// Closes the listener and its connections, and ends all webhooks under way.
    pub fn shutdown(&self) {
        self.0.server.stop();
        self.0.core.courier.stop();
    }

    /// The app's key.
    pub fn app_key(&self) -> &str {
        &self.core().config.app_key
    }

    /// The app's secret.
    pub fn app_secret(&self) -> &str {
        &self.core().config.app_secret
    }

    /// The app's service id.
    pub fn service_id(&self) -> &str {
        &self.core().config.service_id
    }

    /// The shops.
    pub fn shops(&self) -> &[ShopSpec] {
        &self.core().config.shops
    }

    fn core(&self) -> &Arc<Core> {
        &self.0.core
    }
}
