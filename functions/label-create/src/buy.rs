//! The purchase: it is claimed in the ledger, the account is asked to sell, and its answer is recorded.

use std::time::Duration;

use carriers::{BuyError, Connector, PurchaseOrder, ShipRequest, Sold};
use domain::address::Address;
use domain::hold::Shippable;
use domain::message::{Message, ShipmentRef};
use domain::order::OrderPart;
use domain::parties::{Parties, PartyFault, parties};
use domain::purchase::{Purchase, PurchaseEvent, PurchaseState};
use domain::rates::ChosenQuote;
use domain::record::OrderRecord;
use domain::shipment::Shipment;
use domain::shop::Shop;
use domain::stage::{Event, PurchaseIntent, Stage};
use domain::{AccountId, Timestamp};
use workflow::{
    Change, Deferral, StepError, StoredShipment, StoredShop, error_chain, load_shop, update_order,
};

use crate::LabelCreate;
use crate::combined::ParcelCheck;
use crate::current_quote::{CurrentQuote, current_quote};
use crate::ledger::{claim, lease};
use crate::refused::is_suspended;

/// The pause before a purchase whose answer was lost is read back.
const FIRST_READ_BACK_PAUSE: Duration = Duration::from_secs(2);

impl LabelCreate {
    /// A rate is chosen: enters a purchase of it into the ledger and asks the account to sell.
    pub(crate) async fn start_purchase(
        &self,
        target: &ShipmentRef,
        stored: &StoredShipment,
        chosen: &ChosenQuote,
        fingerprint: u64,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        let record = &stored.record;
        if !may_spend(record, fingerprint, now) {
            return self.resync(target).await;
        }
        let shop = match load_shop(&*self.shops, &target.key.shop).await? {
            StoredShop::Open(shop) => shop,
            StoredShop::Closed(closed) => return self.defer(target, Deferral::closed(closed)).await,
            // Nothing is bought for a shop that was removed.
            StoredShop::NotConnected => return Ok(()),
        };
        let others = match self.check_parcel(target, record, now).await? {
            ParcelCheck::Complete(others) => others,
            ParcelCheck::ReadBack => return Ok(()),
            ParcelCheck::Broken => return self.rerate(target, chosen, now).await,
        };
        if is_suspended(&shop, record, chosen, now) {
            return self.rerate(target, chosen, now).await;
        }
        // An address has changed and can't be used: rate-shop tells people what is wrong with it.
        let Ok(parties) = self.parties(stored, &shop, &chosen.quote.account) else {
            return self.rerate(target, chosen, now).await;
        };
        let Some(connector) = self.connector(target, &chosen.quote.account).await? else { return Ok(()) };
        let part = OrderPart { combined_with: others, ..record.order.part(&stored.shipment.items) };
        let request = ship_request(target, &parties, chosen, &part);
        let current = match current_quote(&*connector, &request, chosen, now).await {
            CurrentQuote::Valid(current) => *current,
            CurrentQuote::TooDear => return self.price_increased(target, chosen, now).await,
            CurrentQuote::Unavailable(deferral) => return self.defer(target, deferral).await,
        };
        match self.enter_purchase(target, &*connector, stored, chosen, &current).await? {
            Some(purchase) => self.buy(target, &*connector, &purchase, &request).await,
            None => Ok(()),
        }
    }

    /// Enters the purchase of `current` into the ledger, claimed. `None` when the shipment has changed since `chosen` was
    /// read: whoever committed meanwhile may have bought, cancelled, or changed the parcel.
    async fn enter_purchase(
        &self,
        target: &ShipmentRef,
        connector: &dyn Connector,
        rated: &StoredShipment,
        chosen: &ChosenQuote,
        current: &ChosenQuote,
    ) -> Result<Option<Purchase>, StepError> {
        let now = self.clock.now();
        let key = self.random.purchase_key();
        let lease = lease(connector);
        update_order(&*self.orders, &target.key, |record| {
            let may_ship = record.is_fresh(now) && record.shippable(now) == Shippable::Now;
            // TikTok sells labels of orders: two purchases at a time could not be told apart.
            let is_alone = !current.quote.account.is_platform()
                || record.shipments.iter().all(|s| s.purchase().is_err());
            let is_same_parcel = record.combination == rated.record.combination;
            let Some(shipment) = record.shipment_mut(&target.shipment) else {
                return Ok(Change::Keep(None));
            };
            let is_unchanged = is_same_parcel
                && matches!(&shipment.stage, Stage::Rated { chosen: stored, .. } if stored == chosen);
            if !is_unchanged || !may_ship || !is_alone {
                return Ok(Change::Keep(None));
            }
            shipment.begin_purchase(key.clone(), current.clone(), now)?;
            Ok(Change::Commit(Some(claim(shipment, lease, now)?)))
        })
        .await
    }

    /// The account certainly did not sell: asks again under the same key, unless the label is no longer wanted.
    pub(crate) async fn retry_purchase(
        &self,
        target: &ShipmentRef,
        stored: &StoredShipment,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        let StoredShipment { record, shipment } = stored;
        let Stage::Buying { intent, fingerprint } = shipment.stage else { return Ok(()) };
        if intent == PurchaseIntent::Ship && !record.is_fresh(now) {
            return self.resync(target).await;
        }
        let Some(connector) = self.connector(target, &shipment.purchase()?.chosen.quote.account).await?
        else {
            return Ok(());
        };
        let chosen = &shipment.purchase()?.chosen;
        let is_wanted = intent == PurchaseIntent::Ship && may_spend(record, fingerprint, now);
        let parties = match load_shop(&*self.shops, &target.key.shop).await? {
            StoredShop::Open(shop) if is_wanted => self.parties(stored, &shop, &chosen.quote.account).ok(),
            StoredShop::Open(_) | StoredShop::Closed(_) | StoredShop::NotConnected => None,
        };
        let Some(parties) = parties else { return self.drop_purchase(target, now).await };
        let others = match self.check_parcel(target, record, now).await? {
            ParcelCheck::Complete(others) => others,
            ParcelCheck::ReadBack => return Ok(()),
            ParcelCheck::Broken => return self.drop_purchase(target, now).await,
        };
        let part = OrderPart { combined_with: others, ..record.order.part(&shipment.items) };
        match self.claim_retry(target, &*connector, now).await? {
            Some(purchase) => {
                let request = ship_request(target, &parties, chosen, &part);
                self.buy(target, &*connector, &purchase, &request).await
            }
            None => Ok(()),
        }
    }

    /// Claims a purchase that certainly did not take place. `None` when somebody else continued it meanwhile.
    async fn claim_retry(
        &self,
        target: &ShipmentRef,
        connector: &dyn Connector,
        now: Timestamp,
    ) -> Result<Option<Purchase>, StepError> {
        let lease = lease(connector);
        update_order(&*self.orders, &target.key, |record| {
            let Some(shipment) = record.shipment_mut(&target.shipment).filter(|s| is_intended(s)) else {
                return Ok(Change::Keep(None));
            };
            Ok(Change::Commit(Some(claim(shipment, lease, now)?)))
        })
        .await
    }

    /// Ends a purchase that certainly did not take place: its label is no longer wanted.
    async fn drop_purchase(&self, target: &ShipmentRef, now: Timestamp) -> Result<(), StepError> {
        let is_dropped = update_order(&*self.orders, &target.key, |record| {
            let Some(shipment) = record.shipment_mut(&target.shipment).filter(|s| is_intended(s)) else {
                return Ok(Change::Keep(false));
            };
            let reason = "the label is no longer wanted".to_owned();
            shipment.purchase_event(PurchaseEvent::Rejected { reason }, now)?;
            shipment.apply(Event::PurchaseFailed, now)?;
            record.refresh_exceptions(now);
            Ok(Change::Commit(true))
        })
        .await?;
        // The shipment is ready again or cancelled: order-sync decides what is next.
        if is_dropped { self.resync(target).await } else { Ok(()) }
    }

    /// Sender and recipient as a label of this account shows them. TikTok prints its own labels itself: it is told neither, and
    /// may show them masked.
    fn parties(
        &self,
        stored: &StoredShipment,
        shop: &Shop,
        account: &AccountId,
    ) -> Result<Parties, PartyFault> {
        if account.is_platform() {
            return Ok(Parties { from: Address::default(), to: Address::default() });
        }
        parties(&stored.record, &stored.shipment, shop, self.settings.for_shop(&shop.id))
    }

    /// Asks the account to sell, once, and records its answer. The caller holds the claim on the purchase.
    async fn buy(
        &self,
        target: &ShipmentRef,
        connector: &dyn Connector,
        purchase: &Purchase,
        request: &ShipRequest<'_>,
    ) -> Result<(), StepError> {
        match connector.buy(&PurchaseOrder { purchase, request }).await {
            Ok(Sold::Issued(bought)) => self.store_label(target, *bought).await,
            Ok(Sold::Pending(sold)) => self.store_pending(target, *sold).await,
            // Nothing is paid, and the refusal says nothing of this label.
            Err(error) if error.is_about_account() => {
                let event = PurchaseEvent::NotSent { why: error_chain(&error) };
                self.record_event(target, purchase.attempts, event).await?;
                self.defer(target, Deferral::account_refused(&error)).await
            }
            Err(BuyError::Rejected { reason, code, text }) => {
                let detail = self.rejection_detail(target, &reason, &code, &text).await?;
                self.purchase_refused(target, purchase, &reason, code.as_str(), detail).await
            }
            Err(error @ BuyError::NotSent { .. }) => {
                let why = error_chain(&error);
                let event = PurchaseEvent::NotSent { why: why.clone() };
                self.record_event(target, purchase.attempts, event).await?;
                self.defer(target, Deferral::passing(why, error.retry()).of(connector.account())).await
            }
            Err(error @ BuyError::Unknown(_)) => {
                let why = error_chain(&error);
                tracing::warn!(order = %target.key, error = why, "purchase outcome is unknown");
                self.mark_unknown(target, purchase.attempts, why).await?;
                let read_back = Message::LabelRequest(target.clone());
                Ok(self.queues.send(&read_back, FIRST_READ_BACK_PAUSE).await?)
            }
        }
    }
}

/// Money is spent only on an order that was just read back, may ship, and is still the parcel that was rated.
fn may_spend(record: &OrderRecord, fingerprint: u64, now: Timestamp) -> bool {
    record.is_fresh(now)
        && record.shippable(now) == Shippable::Now
        && record.order.parcel_fingerprint() == fingerprint
}

fn is_intended(shipment: &Shipment) -> bool {
    matches!(shipment.purchase().map(|purchase| &purchase.state), Ok(PurchaseState::Intended))
}

/// The parcel as it is described to the account that sells its label.
fn ship_request<'a>(
    target: &'a ShipmentRef,
    parties: &'a Parties,
    chosen: &'a ChosenQuote,
    part: &'a OrderPart,
) -> ShipRequest<'a> {
    ShipRequest {
        from: &parties.from,
        to: &parties.to,
        parcel: &chosen.parcel,
        customs: chosen.customs.as_ref(),
        reference: target.shipment.as_str(),
        part,
    }
}
