//! label-create: buys a label exactly once, keeps its file, and voids it when it is not needed.
//!
//! The message only names a shipment; its stage says what to do. Money moves only through the purchase ledger: a purchase is
//! committed as `InFlight` before the account is asked to sell, and anything but a clear answer makes it `Unknown`, from
//! which only the account's own record, or a person who has looked, leads on.

mod bought;
mod buy;
mod combined;
mod current_quote;
mod failed_call;
mod file;
mod issue;
mod ledger;
mod reconcile;
mod refund;
mod refusal_text;
mod refused;
mod void;

use std::sync::Arc;
use std::time::Duration;

use backend::{LabelStore, OrderStore, Queues, ShopStore};
use carriers::{CarrierAccounts, Connector, UnknownAccount};
use domain::message::{ChangeSource, Message, ShipmentRef};
use domain::purchase::{Purchase, PurchaseState};
use domain::settings::AllSettings;
use domain::shop::Shop;
use domain::stage::{Stage, Void};
use domain::{AccountId, Timestamp};
use platform_labels::PlatformLabels;
use system::{Clock, Random};
use tiktok::TikTok;
use workflow::{Deferral, Deferrer, StepError, StoredShipment, StoredShop, load_shipment, load_shop};

/// Buys, keeps and voids labels.
pub struct LabelCreate {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    labels: Arc<dyn LabelStore>,
    queues: Arc<dyn Queues>,
    accounts: CarrierAccounts,
    tiktok: TikTok,
    settings: Arc<AllSettings>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    deferrer: Deferrer,
    alone_since: Timestamp,
}

/// What [`LabelCreate`] works with.
pub struct LabelCreateDeps {
    pub orders: Arc<dyn OrderStore>,
    pub shops: Arc<dyn ShopStore>,
    pub labels: Arc<dyn LabelStore>,
    pub queues: Arc<dyn Queues>,
    pub accounts: CarrierAccounts,
    /// It sells its own labels.
    pub tiktok: TikTok,
    /// They hold the phone number that a label shows when an address has none.
    pub settings: Arc<AllSettings>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}

impl LabelCreate {
    pub fn new(deps: LabelCreateDeps) -> Self {
        let LabelCreateDeps { orders, shops, labels, queues, accounts, tiktok, settings, clock, random } =
            deps;
        let deferrer =
            Deferrer::new(Arc::clone(&orders), Arc::clone(&queues), Arc::clone(&clock), Arc::clone(&random));
        let alone_since = Timestamp::MIN;
        Self {
            orders,
            shops,
            labels,
            queues,
            accounts,
            tiktok,
            settings,
            clock,
            random,
            deferrer,
            alone_since,
        }
    }

    /// Declares that nobody else has worked on these orders since `start`, as on one machine whose data folder is locked.
    /// Whoever claimed a purchase before that is dead, and its lease need not be waited for.
    #[must_use]
    pub fn alone_since(self, start: Timestamp) -> Self {
        Self { alone_since: start, ..self }
    }

    /// Does what the shipment's stage asks for.
    ///
    /// # Errors
    /// When the backend fails, or an account takes no more calls for now.
    pub async fn handle(&self, target: &ShipmentRef) -> Result<(), StepError> {
        let Some(stored) = load_shipment(&*self.orders, target).await? else { return Ok(()) };
        match &stored.shipment.stage {
            Stage::Rated { chosen, fingerprint } => {
                self.start_purchase(target, &stored, chosen, *fingerprint).await
            }
            Stage::Buying { .. } => self.continue_purchase(target, &stored).await,
            Stage::LabelPending { label } => self.ask_for_label(target, label).await,
            Stage::Labelled { .. } => {
                self.send(Message::TrackingUpload(target.clone())).await?;
                self.keep_file(target).await
            }
            Stage::Uploaded { .. } | Stage::Scanned { .. } => self.keep_file(target).await,
            Stage::Voiding { label } => self.void(target, label).await,
            // The message to order-sync, which makes the replacement, may have been lost in a crash.
            Stage::Cancelled { .. } if stored.record.awaits_replacement() => self.resync(target).await,
            Stage::Cancelled { voided: Some((label, Void::Submitted)) } => {
                self.follow_refund(target, label).await
            }
            // The message is late or came twice.
            Stage::Held { .. }
            | Stage::Ready
            | Stage::Delivered { .. }
            | Stage::Blocked { .. }
            | Stage::Cancelled { .. }
            | Stage::ShippedElsewhere => Ok(()),
        }
    }

    /// Brings a purchase that is in the ledger to its end.
    async fn continue_purchase(
        &self,
        target: &ShipmentRef,
        stored: &StoredShipment,
    ) -> Result<(), StepError> {
        // Its outcome is committed together with the next stage, so a shipment in this stage has a live purchase.
        let Ok(purchase) = stored.shipment.purchase() else { return Ok(()) };
        match purchase.state {
            PurchaseState::Intended => self.retry_purchase(target, stored).await,
            // Another worker is waiting for the answer.
            PurchaseState::InFlight { .. } if self.is_claimed(purchase) => Ok(()),
            PurchaseState::InFlight { .. } => {
                let why = "the worker that asked stopped before the answer was stored";
                self.mark_unknown(target, purchase.attempts, why.to_owned()).await?;
                self.reconcile(target).await
            }
            PurchaseState::Unknown { .. } => self.reconcile(target).await,
            PurchaseState::Bought { .. } | PurchaseState::Rejected { .. } => Ok(()),
        }
    }

    fn is_claimed(&self, purchase: &Purchase) -> bool {
        purchase.claimed_until(self.clock.now()).is_some()
            && purchase.sent_at.is_some_and(|at| at >= self.alone_since)
    }

    /// The connector of the account that sold a label or is to sell one. Without it the shipment is deferred, people are told at
    /// once, and there is nothing more to do now.
    async fn connector(
        &self,
        target: &ShipmentRef,
        account: &AccountId,
    ) -> Result<Option<Arc<dyn Connector>>, StepError> {
        let found = if account.is_platform() {
            match load_shop(&*self.shops, &target.key.shop).await? {
                StoredShop::Open(shop) => Ok(self.platform_labels(&shop)),
                StoredShop::Closed(closed) => Err(Deferral::closed(closed)),
                StoredShop::NotConnected => Err(Deferral::unknown_account(&UnknownAccount(account.clone()))),
            }
        } else {
            self.accounts.get(account).map_err(|unknown| Deferral::unknown_account(&unknown))
        };
        match found {
            Ok(connector) => Ok(Some(connector)),
            Err(deferral) => {
                self.defer(target, deferral).await?;
                Ok(None)
            }
        }
    }

    fn platform_labels(&self, shop: &Shop) -> Arc<dyn Connector> {
        let handover = self.settings.for_shop(&shop.id).handover;
        Arc::new(PlatformLabels::new(self.tiktok.clone(), shop, self.clock.now()).handed_over(handover))
    }

    async fn defer(&self, target: &ShipmentRef, deferral: Deferral) -> Result<(), StepError> {
        self.deferrer.defer(target, Message::LabelRequest(target.clone()), deferral).await
    }

    async fn send(&self, message: Message) -> Result<(), StepError> {
        Ok(self.queues.send(&message, Duration::ZERO).await?)
    }

    /// Has the order read back: what is stored is too old, or says that the order may not be shipped now.
    async fn resync(&self, target: &ShipmentRef) -> Result<(), StepError> {
        self.send(Message::order_change(target.key.clone(), ChangeSource::Timer)).await
    }
}
