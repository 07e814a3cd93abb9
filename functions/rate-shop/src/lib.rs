//! rate-shop: rates a shipment and decides which label is bought.
//!
//! It determines the parcel's weight and size, has the address verified and asks for quotes at the same time, and stores the
//! decision with every candidate before the next step hears of it. Nothing is paid here: quotes cost nothing, even those
//! that a crash leaves unused.

mod combine;
mod customs;
mod decide;
mod platform;
mod providers;
mod quote;
mod reasons;
mod weights;

use std::sync::Arc;
use std::time::Duration;

use backend::{CatalogueStore, OrderStore, Queues, ShopStore};
use carriers::CarrierAccounts;
use domain::exception::ExceptionKind;
use domain::hold::{HoldReason, Shippable};
use domain::message::{ChangeSource, Message, ShipmentRef};
use domain::parties::PartyFault;
use domain::rates::RateRules;
use domain::record::OrderRecord;
use domain::retry::Retry;
use domain::route::Route;
use domain::settings::AllSettings;
use domain::shipment::Shipment;
use domain::shop::Shop;
use domain::stage::Stage;
use system::{BackendError, Clock, Random};
use tiktok::TikTok;
use workflow::{Deferral, Deferrer, StepError, StoredShipment, StoredShop, load_shipment, load_shop};

use decide::ParcelSnapshot;

/// The pause before an order whose address TikTok still masks is read back.
const MASKED_ADDRESS_PAUSE: Duration = Duration::from_secs(30);

/// Rates shipments.
pub struct RateShop {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    catalogue: Arc<dyn CatalogueStore>,
    queues: Arc<dyn Queues>,
    tiktok: TikTok,
    accounts: CarrierAccounts,
    clock: Arc<dyn Clock>,
    rules: RateRules,
    settings: Arc<AllSettings>,
    random: Arc<dyn Random>,
    deferrer: Deferrer,
}

/// What [`RateShop`] works with.
pub struct RateShopDeps {
    pub orders: Arc<dyn OrderStore>,
    pub shops: Arc<dyn ShopStore>,
    pub catalogue: Arc<dyn CatalogueStore>,
    pub queues: Arc<dyn Queues>,
    pub tiktok: TikTok,
    pub accounts: CarrierAccounts,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub rules: RateRules,
    pub settings: Arc<AllSettings>,
}

/// Why a shipment can't be rated now.
enum RateFailure {
    /// A person has to act.
    Block(ExceptionKind, String),
    /// It may pass by itself.
    Defer(Deferral),
    /// TikTok does not show what is needed yet: the order is read back before the next attempt.
    AwaitOrder(Deferral),
    Step(StepError),
}

impl From<StepError> for RateFailure {
    fn from(error: StepError) -> Self {
        Self::Step(error)
    }
}

impl From<BackendError> for RateFailure {
    fn from(error: BackendError) -> Self {
        Self::Step(error.into())
    }
}

impl From<PartyFault> for RateFailure {
    fn from(fault: PartyFault) -> Self {
        match fault.kind() {
            Some(kind) => Self::Block(kind, fault.to_string()),
            None => {
                Self::AwaitOrder(Deferral::passing(fault.to_string(), Retry::After(MASKED_ADDRESS_PAUSE)))
            }
        }
    }
}

impl RateShop {
    pub fn new(deps: RateShopDeps) -> Self {
        let RateShopDeps {
            orders,
            shops,
            catalogue,
            queues,
            tiktok,
            accounts,
            clock,
            random,
            rules,
            settings,
        } = deps;
        let deferrer =
            Deferrer::new(Arc::clone(&orders), Arc::clone(&queues), Arc::clone(&clock), Arc::clone(&random));
        Self { orders, shops, catalogue, queues, tiktok, accounts, clock, rules, settings, random, deferrer }
    }

    /// Rates the shipment if it is ready to be rated.
    ///
    /// # Errors
    /// When the backend fails, or a service that it needs takes no more calls for now.
    pub async fn handle(&self, target: &ShipmentRef) -> Result<(), StepError> {
        let Some(StoredShipment { record, shipment }) = load_shipment(&*self.orders, target).await? else {
            return Ok(());
        };
        match shipment.stage {
            Stage::Held { .. } | Stage::Ready | Stage::Rated { .. }
                if let Some((lead, parcel)) = record.claimed_by() =>
            {
                return self.follow_lead(target, &record, lead, parcel).await;
            }
            Stage::Ready => {}
            // Another order of its group says that it may lead their parcel now.
            Stage::Held { why: HoldReason::Combining, .. } => {}
            // A rate is chosen already. The message to label-create may have been lost in a crash.
            Stage::Rated { .. } => return self.send(Message::LabelRequest(target.clone())).await,
            // The message is late or came twice.
            Stage::Held { .. }
            | Stage::Buying { .. }
            | Stage::LabelPending { .. }
            | Stage::Labelled { .. }
            | Stage::Uploaded { .. }
            | Stage::Scanned { .. }
            | Stage::Delivered { .. }
            | Stage::Blocked { .. }
            | Stage::Voiding { .. }
            | Stage::Cancelled { .. }
            | Stage::ShippedElsewhere => return Ok(()),
        }
        let now = self.clock.now();
        let is_ready = shipment.stage == Stage::Ready;
        if is_ready && (!record.is_fresh(now) || record.shippable(now) != Shippable::Now) {
            return self.send(Message::order_change(target.key.clone(), ChangeSource::Timer)).await;
        }
        let shop = match load_shop(&*self.shops, &target.key.shop).await? {
            StoredShop::Open(shop) => shop,
            StoredShop::Closed(closed) => return self.rate_later(target, Deferral::closed(closed)).await,
            // Nothing can be rated without the shop's warehouses. The shipment's timer brings it up again.
            StoredShop::NotConnected => return Ok(()),
        };
        let rated = if !is_ready {
            self.lead_when_complete(target, &record, &shop).await
        } else if record.route.is_some_and(Route::is_platform_label) {
            self.rate_platform(target, &record, &shipment, &shop).await
        } else {
            self.rate_own(target, &record, &shipment, &shop).await
        };
        match rated {
            Ok(()) => Ok(()),
            Err(RateFailure::Block(kind, detail)) => {
                let snapshot = ParcelSnapshot::of(&record, &shipment);
                self.block(target, &snapshot, kind, detail, None).await
            }
            Err(RateFailure::Defer(deferral)) => self.rate_later(target, deferral).await,
            Err(RateFailure::AwaitOrder(deferral)) => {
                let read_back = Message::order_change(target.key.clone(), ChangeSource::Timer);
                self.deferrer.defer(target, read_back, deferral).await
            }
            Err(RateFailure::Step(error)) => Err(error),
        }
    }

    /// Rates the labels of the seller's own accounts.
    async fn rate_own(
        &self,
        target: &ShipmentRef,
        record: &OrderRecord,
        shipment: &Shipment,
        shop: &Shop,
    ) -> Result<(), RateFailure> {
        let quoted = self.quote(target, record, shipment, shop).await?;
        Ok(self.decide(target, record, quoted, shop).await?)
    }

    async fn rate_later(&self, target: &ShipmentRef, deferral: Deferral) -> Result<(), StepError> {
        self.deferrer.defer(target, Message::RateRequest(target.clone()), deferral).await
    }

    async fn send(&self, message: Message) -> Result<(), StepError> {
        Ok(self.queues.send(&message, Duration::ZERO).await?)
    }
}
