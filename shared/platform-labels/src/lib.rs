//! TikTok's own labels (TikTok Shipping), as one more account that sells labels: [`PlatformLabels`].
//!
//! What is unlike other accounts:
//! - It sells labels of **orders**: the address plays no part, and may be masked.
//! - In the United States Create Packages is the purchase and the dispatch in one; elsewhere Ship Package ships a package that
//!   exists since the payment. Neither has an idempotency key or a reference of ours: whatever does not say for certain that
//!   nothing was bought is read back by order and package, and absence proves nothing.
//! - The label and its number are issued seconds later.
//! - Nothing is given back. A label ends with its order.

mod document;
mod errors;
mod quotes;
mod read_back;
mod sale;
mod track;

use std::time::{Duration, Instant};

use async_trait::async_trait;
use carriers::{
    BuyError, Capabilities, CarrierCall, CarrierError, Connector, Feature, Found, Issue, LabelRef, Offer,
    PurchaseOrder, ShipRequest, Sold,
};
use domain::order::{OrderPart, ShippingType};
use domain::purchase::Purchase;
use domain::rates::Ticket;
use domain::route::{Route, route};
use domain::settings::HandoverMethod;
use domain::shop::Shop;
use domain::track::Track;
use domain::{AccountId, LabelDocument, LabelHandle, PackageId, Private, Timestamp};
use jiff::SignedDuration;
use tiktok::{ShopAccess, TikTok};

/// Estimates change with the day.
const QUOTE_TTL: SignedDuration = SignedDuration::from_mins(30);
/// Longer than the client waits for a write, with the renewal of a token before it.
const BUY_TIMEOUT: Duration = Duration::from_secs(50);
/// How long the ways of handover are asked for. Without an answer the warehouse's setting decides.
const HANDOVER_READ: Duration = Duration::from_secs(5);
/// What a wish for the handover may add to a purchase: that read, and a second write where the slot was taken.
const HANDOVER_TIME: Duration = HANDOVER_READ.saturating_add(Duration::from_secs(30));
/// The units of an order name their package some seconds after the purchase. A minute without a trace counts where absence can
/// be proven at all.
const SETTLE: Duration = Duration::from_secs(60);

/// TikTok's own labels for the orders of one shop.
pub struct PlatformLabels {
    account: AccountId,
    capabilities: Capabilities,
    tiktok: TikTok,
    access: ShopAccess,
    route: Route,
    handover: Option<HandoverMethod>,
}

impl PlatformLabels {
    /// The labels for the orders of `shop`, sold by the calls that its market has at `now` ([`domain::route::ROUTES`]).
    pub fn new(tiktok: TikTok, shop: &Shop, now: Timestamp) -> Self {
        let row = route(&shop.market, shop.seller, &ShippingType::TikTok, now);
        Self {
            account: AccountId::platform(),
            capabilities: Capabilities {
                features: &[Feature::IssueLater, Feature::LabelFile, Feature::HazmatSheet, Feature::Track],
                quote_ttl: QUOTE_TTL,
                buy_timeout: BUY_TIMEOUT,
                settle: SETTLE,
                refund_overdue_days: &[],
            },
            access: ShopAccess::from(shop),
            tiktok,
            route: row.map_or(Route::Closed, |row| row.route),
            handover: None,
        }
    }

    /// Has parcels handed over in this way where Ship Package ships them.
    pub fn handed_over(mut self, handover: Option<HandoverMethod>) -> Self {
        self.handover = handover;
        if handover.is_some() {
            self.capabilities.buy_timeout = BUY_TIMEOUT + HANDOVER_TIME;
        }
        self
    }
}

#[async_trait]
impl Connector for PlatformLabels {
    fn account(&self) -> &AccountId {
        &self.account
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn quote(
        &self,
        request: &ShipRequest<'_>,
        _again: Option<&Ticket>,
        deadline: Instant,
    ) -> Result<Offer, CarrierError> {
        let late = || CarrierError::Late(CarrierCall::Quote);
        tokio::time::timeout_at(deadline.into(), self.offer(request)).await.unwrap_or_else(|_| Err(late()))
    }

    async fn buy(&self, order: &PurchaseOrder<'_>) -> Result<Sold, BuyError> {
        self.sell(order).await
    }

    async fn find_purchase(&self, purchase: &Purchase, part: &OrderPart) -> Result<Found, CarrierError> {
        self.read_back(purchase, part).await
    }

    async fn issued(&self, handle: &LabelHandle) -> Result<Issue, CarrierError> {
        self.issue(&package(handle)).await
    }

    async fn label_file(
        &self,
        label: &LabelRef<'_>,
        _link: Option<&Private<String>>,
    ) -> Result<LabelDocument, CarrierError> {
        self.label_document(&package(label.handle)).await
    }

    async fn hazmat_sheet(&self, label: &LabelRef<'_>) -> Result<Option<LabelDocument>, CarrierError> {
        self.sheet(&package(label.handle)).await
    }

    async fn track(&self, parcels: &[LabelRef<'_>]) -> Result<Vec<Option<Track>>, CarrierError> {
        let mut tracks = Vec::new();
        for parcel in parcels {
            tracks.push(self.follow(&package(parcel.handle)).await?);
        }
        Ok(tracks)
    }
}

/// The label is called by its package.
fn package(handle: &LabelHandle) -> PackageId {
    PackageId::new(handle.as_str())
}
