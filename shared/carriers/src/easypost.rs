//! EasyPost, an aggregator: one key for USPS, UPS, FedEx, DHL eCommerce and Amazon Shipping. API version 2.
//!
//! There is no idempotency key. A shipment is created and stored first and then bought by its id, which EasyPost does
//! only once (`SHIPMENT.POSTAGE.EXISTS`).

mod address;
mod bought;
mod buy;
mod config;
mod convert;
mod customs;
mod decimal;
mod error;
mod label;
mod request;
mod shipment;
mod text;
mod track;
mod transport;
mod void;
pub mod webhook;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::address::Address;
use domain::rates::Quotes;
use domain::track::Track;
use domain::{CarrierShipmentId, Private, TrackingNumber};
use system::Clock;

use self::transport::Transport;
use crate::{
    AddressCheck, BoughtLabel, BuyError, Capabilities, Carrier, CarrierError, DoublePurchase, LabelFile,
    LabelFormat, PurchaseOrder, QuoteRequest, RefundStatus, RefundWindow, VoidOutcome,
};

pub use config::{Config, InvalidConfig, Timeouts};
pub use shipment::read_rates;

/// Called once for each HTTP call with its kind, to count them.
pub type CallCounter = Arc<dyn Fn(&'static str) + Send + Sync>;

/// EasyPost gives up on a carrier before its own clients stop waiting, at 60 s, so a purchase that its record does not
/// show by then is none. Should one come later all the same, a second purchase of the same shipment is refused.
const SETTLE_MIN: Duration = Duration::from_secs(60);
/// What a read-back may lag behind.
const SETTLE_MARGIN: Duration = Duration::from_secs(5);

/// Source: docs.easypost.com/docs/shipments/shipping-refund, as of November 2026. To ask for: USPS 30 days, UPS and FedEx
/// 90. To be overrides: USPS takes at least 15 days, and no carrier more than 30.
const REFUND_WINDOWS: [RefundWindow; 5] = [
    refund_window(domain::rates::Carrier::Usps, Some(30)),
    refund_window(domain::rates::Carrier::Ups, Some(90)),
    refund_window(domain::rates::Carrier::FedEx, Some(90)),
    refund_window(domain::rates::Carrier::DhlEcommerce, None),
    refund_window(domain::rates::Carrier::Amazon, None),
];

const fn refund_window(carrier: domain::rates::Carrier, days: Option<u16>) -> RefundWindow {
    RefundWindow { carrier, days, overdue_after_days: 30 }
}

/// The EasyPost connector.
pub struct EasyPost {
    transport: Transport,
}

impl EasyPost {
    /// Connects with `http` (see [`crate::http_client`]); nothing is sent yet.
    pub fn new(http: reqwest::Client, config: Config, clock: Arc<dyn Clock>) -> Self {
        Self { transport: Transport::new(http, config, clock) }
    }

    /// Has every HTTP call counted.
    #[must_use]
    pub fn counting(mut self, counter: CallCounter) -> Self {
        self.transport.count_with(counter);
        self
    }
}

#[async_trait]
impl Carrier for EasyPost {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            protection: DoublePurchase::BuyById,
            label_formats: &[LabelFormat::Pdf, LabelFormat::Png, LabelFormat::Zpl, LabelFormat::Epl2],
            refund_windows: &REFUND_WINDOWS,
            settle: SETTLE_MIN.max(self.transport.buy_timeout()) + SETTLE_MARGIN,
        }
    }

    async fn verify_address(&self, address: &Address) -> Result<AddressCheck, CarrierError> {
        address::verify(&self.transport, address).await
    }

    async fn quote(&self, request: &QuoteRequest<'_>) -> Result<Quotes, CarrierError> {
        shipment::create(&self.transport, request).await
    }

    async fn requote(&self, shipment: &CarrierShipmentId) -> Result<Quotes, CarrierError> {
        shipment::rerate(&self.transport, shipment).await
    }

    async fn buy(&self, order: &PurchaseOrder<'_>) -> Result<BoughtLabel, BuyError> {
        buy::buy(&self.transport, order).await
    }

    async fn find_purchase(&self, shipment: &CarrierShipmentId) -> Result<Option<BoughtLabel>, CarrierError> {
        shipment::find_purchase(&self.transport, shipment).await
    }

    async fn void(&self, shipment: &CarrierShipmentId) -> Result<VoidOutcome, CarrierError> {
        void::void(&self.transport, shipment).await
    }

    async fn refund(&self, shipment: &CarrierShipmentId) -> Result<RefundStatus, CarrierError> {
        void::refund(&self.transport, shipment).await
    }

    async fn track(
        &self,
        shipment: &CarrierShipmentId,
        tracking: &TrackingNumber,
    ) -> Result<Option<Track>, CarrierError> {
        track::track(&self.transport, shipment, tracking).await
    }

    async fn label_file(
        &self,
        shipment: &CarrierShipmentId,
        known_url: Option<&Private<String>>,
    ) -> Result<LabelFile, CarrierError> {
        label::fetch(&self.transport, shipment, known_url).await
    }
}
