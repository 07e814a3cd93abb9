//! The decision on a label, and how it is stored.

use std::time::Duration;

use backend::RateOutcome;
use domain::exception::ExceptionKind;
use domain::message::{Message, ShipmentRef};
use domain::rates::{
    Decision, NoEligibleRate, PurchaseConstraints, RateRequest, SilentAccount, Speed, choose,
};
use domain::record::OrderRecord;
use domain::retry::Retry;
use domain::shipment::Shipment;
use domain::shop::Shop;
use domain::stage::{Event, Stage};
use domain::{Currency, LineItemId, Money, WarehouseId, zone};
use workflow::{Change, Deferral, StepError, update_order};

use crate::quote::QuotedParcel;
use crate::{RateShop, reasons};

/// The pause before an account that did not answer is asked again, when the others have nothing eligible.
const SILENT_ACCOUNT_PAUSE: Duration = Duration::from_secs(5);

/// A shipment's parcel as it was when the accounts were asked for quotes.
#[derive(Clone)]
pub(crate) struct ParcelSnapshot {
    fingerprint: u64,
    warehouse: Option<WarehouseId>,
    items: Vec<LineItemId>,
}

impl ParcelSnapshot {
    pub(crate) fn of(record: &OrderRecord, shipment: &Shipment) -> Self {
        Self {
            fingerprint: record.order.parcel_fingerprint(),
            warehouse: shipment.warehouse.clone(),
            items: shipment.items.clone(),
        }
    }

    /// True while the shipment is still to be rated and its parcel is the same. When it has changed, the quotes are for
    /// another parcel, and whoever stored the change has requested new ones.
    fn is_current(&self, record: &OrderRecord, target: &ShipmentRef) -> bool {
        record.order.parcel_fingerprint() == self.fingerprint
            && record.shipment(&target.shipment).is_some_and(|shipment| {
                shipment.stage == Stage::Ready
                    && shipment.warehouse == self.warehouse
                    && shipment.items == self.items
            })
    }
}

impl RateShop {
    /// Chooses a label among the quotes, and stores the decision.
    pub(crate) async fn decide(
        &self,
        target: &ShipmentRef,
        record: &OrderRecord,
        quoted: QuotedParcel,
        shop: &Shop,
    ) -> Result<(), StepError> {
        let order = &record.order;
        let now = self.clock.now();
        let items = order.items.iter().filter(|item| quoted.snapshot.items.contains(&item.id));
        let skus: Vec<String> = items.map(|item| item.seller_sku.clone()).collect();
        let constraints = PurchaseConstraints {
            carriers: order.delivery_option.is_some().then_some(&*quoted.carriers),
            fingerprint: quoted.snapshot.fingerprint,
            refused: &record.refused,
            streaks: &shop.monitor.refusals,
            retried_at: record.overrides.retried_at,
            price_limit: quoted.price_limit,
            price_accepted: quoted.price_accepted,
            now,
        };
        let request = RateRequest {
            parcel: &quoted.parcel,
            from: &quoted.from,
            to: &quoted.to,
            market: &order.market,
            seller: shop.seller,
            ship_on: zone::ship_date(&quoted.from, now),
            ready_at: zone::local_time(&quoted.from, now).time(),
            arrive_by: order.arrive_by(),
            speed: Speed::of_option(&order.delivery_option_name),
            value: order.total,
            skus: &skus,
            customs: quoted.papers.form.as_ref(),
            form_wanted: quoted.papers.unmet_need,
            currency: order.total.map_or(Currency::USD, |total| total.currency),
            constraints,
        };
        let unrated = match choose(quoted.quotes, &request, &self.rules) {
            Ok(decision) => return self.store_decision(target, &quoted.snapshot, decision).await,
            Err(unrated) => unrated,
        };
        if let Some(deferral) = await_silent_account(&unrated) {
            return self.rate_later(target, deferral).await;
        }
        let kind = unrated.kind(&request.constraints);
        let too_high = unrated.too_dear();
        let (kind, detail) = reasons::no_rate(kind, &unrated, &quoted.papers);
        let NoEligibleRate { candidates, messages, .. } = unrated;
        let outcome = RateOutcome::None { candidates, messages, at: now };
        self.orders.put_decision(&target.key, &target.shipment, &outcome).await?;
        self.block(target, &quoted.snapshot, kind, detail, too_high).await
    }

    /// Stores the decision with all candidates, then the chosen rate in the shipment, and requests the label.
    pub(crate) async fn store_decision(
        &self,
        target: &ShipmentRef,
        snapshot: &ParcelSnapshot,
        decision: Decision,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        let chosen = decision.chosen.clone();
        let arrives_late = decision.arrives_late;
        let outcome = RateOutcome::Chosen { decision: Box::new(decision), at: now };
        self.orders.put_decision(&target.key, &target.shipment, &outcome).await?;
        let is_committed = update_order(&*self.orders, &target.key, |record| {
            if !snapshot.is_current(record, target) {
                return Ok(Change::Keep(false));
            }
            let Some(shipment) = record.shipment_mut(&target.shipment) else {
                return Ok(Change::Keep(false));
            };
            let fingerprint = snapshot.fingerprint;
            shipment.apply(Event::Rate { chosen: Box::new(chosen.clone()), fingerprint }, now)?;
            if arrives_late {
                let detail = "No eligible service arrives in time; the fastest was chosen.";
                record.open_exception(ExceptionKind::ArrivesLate, Some(&target.shipment), detail, now);
            }
            record.refresh_exceptions(now);
            Ok(Change::Commit(true))
        })
        .await?;
        // The parcel has changed meanwhile, or another message for it was faster.
        if !is_committed {
            return Ok(());
        }
        tracing::info!(
            order = %target.key, shipment = %target.shipment, stage = "rated", cost = %chosen.quote.cost,
            account = %chosen.quote.account, "rate is chosen"
        );
        self.send(Message::LabelRequest(target.clone())).await
    }

    /// Stops the shipment until a person acts, unless it is about another parcel by now. `too_high` is the price that a
    /// person may accept.
    pub(crate) async fn block(
        &self,
        target: &ShipmentRef,
        snapshot: &ParcelSnapshot,
        kind: ExceptionKind,
        detail: String,
        too_high: Option<Money>,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        update_order(&*self.orders, &target.key, |record| {
            if !snapshot.is_current(record, target) {
                return Ok(Change::Keep(()));
            }
            record.block(&target.shipment, kind, detail.clone(), now)?;
            if let Some(shipment) = record.shipment_mut(&target.shipment) {
                shipment.price_too_high = too_high;
            }
            Ok(Change::Commit(()))
        })
        .await
    }
}

/// An account that did not answer may have what the others lack, so it is asked again before a person has to act. `None`
/// when no such account's silence may pass.
fn await_silent_account(unrated: &NoEligibleRate) -> Option<Deferral> {
    let may_answer = |silent: &&SilentAccount| silent.why.passes();
    let silent = unrated.incomplete.iter().find(may_answer)?;
    Some(Deferral::passing(silent.to_string(), Retry::After(SILENT_ACCOUNT_PAUSE)))
}
