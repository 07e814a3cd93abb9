//! EasyPost, an aggregator: one key for USPS, UPS, FedEx, DHL eCommerce and Amazon Shipping. API version 2.
//!
//! There is no idempotency key. A shipment is created and stored first and then bought by its id, which EasyPost does
//! only once (`SHIPMENT.POSTAGE.EXISTS`). So the shipment's id is the ticket of its rates, and the handle of its label.

mod address;
mod alias;
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
use std::time::{Duration, Instant};

use async_trait::async_trait;
use domain::address::Address;
use domain::order::OrderPart;
use domain::purchase::Purchase;
use domain::rates::{Carrier, Ticket};
use domain::track::Track;
use domain::{AccountId, LabelDocument, Private};
use jiff::SignedDuration;
use system::Clock;

use self::transport::EasyPostTransport;
use crate::{
    AccountRefused, AddressCheck, BuyError, CallCounter, Capabilities, CarrierCall, CarrierError, Connector,
    Feature, Found, LabelRef, Offer, PurchaseOrder, RefundStatus, ShipRequest, Sold, VoidOutcome,
};

pub use config::{
    API_KEY, API_URL, EasyPostConfig, EasyPostTimeouts, InvalidConfig, SECRET, WEBHOOK_SECRET,
    WEBHOOK_SECRET_FORMER,
};
pub use shipment::read_rates;

/// The connector's name in accounts (`easypost:default`) and in the path of its webhooks.
pub const KIND: &str = "easypost";

/// Carriers change prices and rates expire, after times that EasyPost does not name.
const QUOTE_TTL: SignedDuration = SignedDuration::from_mins(10);
/// EasyPost gives up on a carrier before its own clients stop waiting, at 60 s, so a purchase that its record does not
/// show by then did not take place. Should one come later all the same, a second purchase of the shipment is refused.
const SETTLE_MIN: Duration = Duration::from_secs(60);
/// How far a read-back may lag behind.
const SETTLE_MARGIN: Duration = Duration::from_secs(5);

/// Source: docs.easypost.com/docs/shipments/shipping-refund, as of November 2026. USPS takes at least 15 days to decide, and no
/// carrier more than 30.
const REFUND_OVERDUE_DAYS: [(Carrier, u16); 5] = [
    (Carrier::Usps, 30),
    (Carrier::Ups, 30),
    (Carrier::FedEx, 30),
    (Carrier::DhlEcommerce, 30),
    (Carrier::Amazon, 30),
];

/// Everything but labels that are issued later.
const FEATURES: [Feature; 5] =
    [Feature::VerifyAddress, Feature::Void, Feature::Refund, Feature::LabelFile, Feature::Track];

/// The connector of one EasyPost account.
pub struct EasyPost {
    account: AccountId,
    capabilities: Capabilities,
    transport: EasyPostTransport,
}

impl EasyPost {
    /// Connects with `http` (see [`crate::http_client`]); nothing is sent yet.
    pub fn new(http: reqwest::Client, config: EasyPostConfig, clock: Arc<dyn Clock>) -> Self {
        let buy_timeout = config.timeouts.buy;
        let capabilities = Capabilities {
            features: &FEATURES,
            quote_ttl: QUOTE_TTL,
            buy_timeout,
            settle: SETTLE_MIN.max(buy_timeout) + SETTLE_MARGIN,
            refund_overdue_days: &REFUND_OVERDUE_DAYS,
        };
        let account = config.account.clone();
        Self { account, capabilities, transport: EasyPostTransport::new(http, config, clock) }
    }

    /// Has every HTTP call counted.
    #[must_use]
    pub fn counting(mut self, counter: CallCounter) -> Self {
        self.transport.count_with(counter);
        self
    }

    /// Has every refusal of the key reported: it may have been replaced.
    #[must_use]
    pub fn reporting_refusals(mut self, on_refusal: AccountRefused) -> Self {
        self.transport.report_refusals_to(on_refusal);
        self
    }
}

#[async_trait]
impl Connector for EasyPost {
    fn account(&self) -> &AccountId {
        &self.account
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn verify_address(&self, address: &Address) -> Result<AddressCheck, CarrierError> {
        address::verify(&self.transport, address).await
    }

    async fn quote(
        &self,
        request: &ShipRequest<'_>,
        again: Option<&Ticket>,
        deadline: Instant,
    ) -> Result<Offer, CarrierError> {
        let (transport, account) = (&self.transport, &self.account);
        let answer = async {
            match again {
                Some(ticket) => shipment::rerate(transport, account, request, ticket).await,
                None => shipment::create(transport, account, request).await,
            }
        };
        let late =
            || CarrierError::Late(if again.is_some() { CarrierCall::Requote } else { CarrierCall::Quote });
        tokio::time::timeout_at(deadline.into(), answer).await.unwrap_or_else(|_| Err(late()))
    }

    async fn buy(&self, order: &PurchaseOrder<'_>) -> Result<Sold, BuyError> {
        let label = buy::buy(&self.transport, &self.account, order).await?;
        Ok(Sold::Issued(Box::new(label)))
    }

    async fn find_purchase(&self, purchase: &Purchase, _part: &OrderPart) -> Result<Found, CarrierError> {
        shipment::find_purchase(&self.transport, &self.account, &purchase.chosen.quote.ticket).await
    }

    async fn void(&self, label: &LabelRef<'_>) -> Result<VoidOutcome, CarrierError> {
        void::void(&self.transport, label.handle).await
    }

    async fn refund(&self, label: &LabelRef<'_>) -> Result<RefundStatus, CarrierError> {
        void::refund(&self.transport, label.handle).await
    }

    async fn track(&self, parcels: &[LabelRef<'_>]) -> Result<Vec<Option<Track>>, CarrierError> {
        let mut tracks = Vec::new();
        // EasyPost has no call for several.
        for parcel in parcels {
            tracks.push(track::track(&self.transport, parcel).await?);
        }
        Ok(tracks)
    }

    async fn label_file(
        &self,
        label: &LabelRef<'_>,
        link: Option<&Private<String>>,
    ) -> Result<LabelDocument, CarrierError> {
        label::fetch(&self.transport, label.handle, link).await
    }
}
