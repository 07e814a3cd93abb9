//! The purchase itself: claim, ask, note the answer.

use std::time::Duration;

use carriers::{BoughtLabel, BuyError, PurchaseOrder};
use domain::Timestamp;
use domain::exception::ExceptionKind;
use domain::hold::Shippable;
use domain::message::{Message, ShipmentRef};
use domain::purchase::PurchaseEvent;
use domain::rates::ChosenQuote;
use domain::record::OrderRecord;
use domain::shipment::Shipment;
use domain::shop::Shop;
use domain::stage::{Event, Label, LabelFileState, PurchaseIntent, Stage};
use jiff::SignedDuration;
use workflow::{Change, Deferral, StepError, error_chain, update_order};

use crate::LabelCreate;
use crate::refused::is_stopped;

/// How long a claim on a purchase lasts: longer than the carrier is waited for (60 s), so that a claim that has run
/// out means that whoever made it is dead.
pub(crate) const LEASE: SignedDuration = SignedDuration::from_secs(75);

/// A quote older than this is asked for again before it is bought: carriers change prices, and rates expire.
const QUOTE_TTL: SignedDuration = SignedDuration::from_mins(10);

/// The pause before the read-back of a purchase whose answer was lost.
const FIRST_READ_BACK: Duration = Duration::from_secs(2);

impl LabelCreate {
    /// A rate is chosen: enters the purchase into the ledger and asks the carrier to sell.
    pub(crate) async fn begin(&self, task: &ShipmentRef, record: &OrderRecord) -> Result<(), StepError> {
        let now = self.clock.now();
        let Some(Stage::Rated { chosen, fingerprint }) = record.shipment(&task.shipment).map(|s| &s.stage)
        else {
            return Ok(());
        };
        if !may_spend(record, *fingerprint, now) {
            return self.resync(task).await;
        }
        let shop = self.shop(task).await?;
        if let Some(closed) = shop.as_ref().and_then(Shop::closed) {
            let again = Message::LabelRequest(task.clone());
            return self.deferrer.defer(task, again, Deferral::closed(closed)).await;
        }
        if shop.is_some_and(|shop| is_stopped(&shop, record, chosen, now)) {
            return self.rate_anew(task, chosen, now).await;
        }
        let current = match self.current(task, chosen, now).await? {
            Some(current) => current,
            None => return Ok(()),
        };
        let key = self.random.purchase_key();
        let claimed = update_order(&*self.orders, &task.key, |record| {
            let fresh = record.is_fresh(now) && record.shippable(now) == Shippable::Now;
            let Some(shipment) = record.shipment_mut(&task.shipment) else { return Ok(Change::Keep(None)) };
            // Whoever committed meanwhile may have bought, cancelled, or changed the parcel.
            let unchanged =
                matches!(&shipment.stage, Stage::Rated { chosen: stored, .. } if stored == chosen);
            if !unchanged || !fresh {
                return Ok(Change::Keep(None));
            }
            shipment.begin_purchase(key.clone(), current.clone(), now)?;
            let attempt = start(shipment, now)?;
            Ok(Change::Commit(Some(Claim { chosen: current.clone(), key: key.clone(), attempt })))
        })
        .await?;
        match claimed {
            Some(claim) => self.ask(task, claim).await,
            None => Ok(()),
        }
    }

    /// The carrier is known not to have sold: asks again under the same key, unless the label is no longer wanted.
    pub(crate) async fn try_again(&self, task: &ShipmentRef, record: &OrderRecord) -> Result<(), StepError> {
        let now = self.clock.now();
        let Some(Stage::Buying { intent, fingerprint }) = record.shipment(&task.shipment).map(|s| &s.stage)
        else {
            return Ok(());
        };
        if *intent == PurchaseIntent::Ship && !record.is_fresh(now) {
            return self.resync(task).await;
        }
        let is_closed = self.shop(task).await?.is_some_and(|shop| shop.closed().is_some());
        let wanted = *intent == PurchaseIntent::Ship && !is_closed && may_spend(record, *fingerprint, now);
        let claimed = update_order(&*self.orders, &task.key, |record| {
            let Some(shipment) = record.shipment_mut(&task.shipment) else {
                return Ok(Change::Keep(Retried::No));
            };
            let Ok(purchase) = shipment.purchase() else { return Ok(Change::Keep(Retried::No)) };
            if purchase.state != domain::purchase::PurchaseState::Intended {
                return Ok(Change::Keep(Retried::No));
            }
            if wanted {
                let (chosen, key) = (purchase.chosen.clone(), purchase.key.clone());
                let attempt = start(shipment, now)?;
                return Ok(Change::Commit(Retried::Claimed(Box::new(Claim { chosen, key, attempt }))));
            }
            let reason = "the label is no longer wanted".to_owned();
            shipment.purchase_event(PurchaseEvent::Rejected { reason }, now)?;
            shipment.apply(Event::PurchaseFailed, now)?;
            record.refresh_exceptions(now);
            Ok(Change::Commit(Retried::Abandoned))
        })
        .await?;
        match claimed {
            Retried::Claimed(claim) => self.ask(task, *claim).await,
            // Ready again or cancelled: the order's own state says how it goes on.
            Retried::Abandoned => self.resync(task).await,
            // Somebody else took the purchase further.
            Retried::No => Ok(()),
        }
    }

    async fn shop(&self, task: &ShipmentRef) -> Result<Option<Shop>, StepError> {
        Ok(self.shops.load_shop(&task.key.shop).await?.map(|stored| stored.value))
    }

    async fn ask(&self, task: &ShipmentRef, claim: Claim) -> Result<(), StepError> {
        let Claim { chosen, key, attempt } = &claim;
        let order =
            PurchaseOrder { carrier_shipment: &chosen.carrier_shipment, quote: &chosen.quote.id, key };
        match self.carrier.buy(&order).await {
            Ok(bought) => self.bought(task, &bought).await,
            Err(BuyError::Refused { reason, code, text }) => {
                let detail = self.refusal(task, &reason, &code, &text).await?;
                self.refused(task, &claim, &reason, code.as_str(), detail).await
            }
            Err(error @ BuyError::NotSent { .. }) => {
                let now = self.clock.now();
                self.tell_ledger(task, *attempt, PurchaseEvent::NotSent, now).await?;
                let setback = Deferral::passing(error_chain(&error), error.retry());
                self.deferrer.defer(task, Message::LabelRequest(task.clone()), setback).await
            }
            Err(error @ BuyError::Unknown(_)) => {
                tracing::warn!(order = %task.key, error = error_chain(&error), "purchase outcome is unknown");
                self.lose(task, *attempt).await?;
                Ok(self.queues.send(&Message::LabelRequest(task.clone()), FIRST_READ_BACK).await?)
            }
        }
    }

    /// The label is paid for: commits it, hands it on, fetches its file.
    pub(crate) async fn bought(&self, task: &ShipmentRef, bought: &BoughtLabel) -> Result<(), StepError> {
        let now = self.clock.now();
        let wanted = update_order(&*self.orders, &task.key, |record| {
            let Some(shipment) = record.shipment_mut(&task.shipment) else { return Ok(Change::Keep(None)) };
            let Stage::Buying { intent, fingerprint } = shipment.stage else { return Ok(Change::Keep(None)) };
            let limit = shipment.purchase()?.chosen.limit;
            shipment.purchase_event(PurchaseEvent::Bought, now)?;
            let label = Box::new(label(bought, fingerprint, now));
            shipment.apply(Event::Label { label }, now)?;
            if bought.cost.currency != limit.currency || bought.cost.minor > limit.minor {
                let detail = format!("The carrier charged {}; the limit was {limit}.", bought.cost);
                record.open_exception(ExceptionKind::Overcharged, Some(&task.shipment), detail, now);
            }
            record.refresh_exceptions(now);
            Ok(Change::Commit(Some(intent)))
        })
        .await?;
        match wanted {
            Some(PurchaseIntent::Ship) => {
                tracing::info!(
                    order = %task.key, shipment = %task.shipment, stage = "labelled", cost = %bought.cost,
                    "label is bought"
                );
                self.send(Message::TrackingUpload(task.clone())).await?;
                self.keep_file(task).await
            }
            Some(PurchaseIntent::Void) => self.send(Message::LabelRequest(task.clone())).await,
            None => Ok(()),
        }
    }

    /// Nobody knows whether the carrier sold.
    pub(crate) async fn lose(&self, task: &ShipmentRef, attempt: u32) -> Result<(), StepError> {
        self.tell_ledger(task, attempt, PurchaseEvent::Lost, self.clock.now()).await
    }

    async fn tell_ledger(
        &self,
        task: &ShipmentRef,
        attempt: u32,
        event: PurchaseEvent,
        now: Timestamp,
    ) -> Result<(), StepError> {
        update_order(&*self.orders, &task.key, |record| {
            let Some(shipment) = at_attempt(record, task, attempt) else { return Ok(Change::Keep(())) };
            shipment.purchase_event(event.clone(), now)?;
            record.refresh_exceptions(now);
            Ok(Change::Commit(()))
        })
        .await
    }

    /// The quote to buy: the chosen one, or, when that is old, the same account's service at its present price.
    /// `None` when that failed or the price rose; then the shipment goes on otherwise.
    async fn current(
        &self,
        task: &ShipmentRef,
        chosen: &ChosenQuote,
        now: Timestamp,
    ) -> Result<Option<ChosenQuote>, StepError> {
        if now.duration_since(chosen.asked_at) < QUOTE_TTL {
            return Ok(Some(chosen.clone()));
        }
        let quotes = match self.carrier.requote(&chosen.carrier_shipment).await {
            Ok(quotes) => quotes,
            Err(error) => {
                let setback = Deferral::passing(error_chain(&error), error.retry());
                self.deferrer.defer(task, Message::LabelRequest(task.clone()), setback).await?;
                return Ok(None);
            }
        };
        let same = |quote: &domain::rates::Quote| {
            quote.service == chosen.quote.service && quote.account == chosen.quote.account
        };
        // A price of nothing is an error of the carrier's, unless nothing was the price that was chosen.
        let is_priced = |quote: &domain::rates::Quote| quote.cost.minor > 0 || chosen.quote.cost.minor == 0;
        let found =
            quotes.quotes.into_iter().filter(same).filter(is_priced).min_by_key(|quote| quote.cost.minor);
        let affordable = found.filter(|quote| {
            quote.cost.currency == chosen.limit.currency && quote.cost.minor <= chosen.limit.minor
        });
        if let Some(quote) = affordable {
            return Ok(Some(ChosenQuote { quote, asked_at: quotes.asked_at, ..chosen.clone() }));
        }
        self.price_increased(task, chosen, now).await?;
        Ok(None)
    }
}

/// Money is spent only on an order that was read back just now, may be shipped, and is the parcel that was rated.
fn may_spend(record: &OrderRecord, fingerprint: u64, now: Timestamp) -> bool {
    record.is_fresh(now)
        && record.shippable(now) == Shippable::Now
        && record.order.parcel_fingerprint() == fingerprint
}

/// What became of a purchase that the carrier is known not to have made.
#[derive(Default)]
enum Retried {
    /// It is tried again.
    Claimed(Box<Claim>),
    /// The label is no longer wanted: the purchase is over.
    Abandoned,
    #[default]
    No,
}

/// The right to ask the carrier once.
pub(crate) struct Claim {
    pub(crate) chosen: ChosenQuote,
    key: domain::PurchaseKey,
    pub(crate) attempt: u32,
}

/// Claims the live purchase; returns the number of the attempt.
fn start(shipment: &mut Shipment, now: Timestamp) -> Result<u32, StepError> {
    let lease_until = now.saturating_add(LEASE).unwrap_or(Timestamp::MAX);
    shipment.purchase_event(PurchaseEvent::Start { lease_until }, now)?;
    Ok(shipment.purchase()?.attempts)
}

/// The shipment, if its live purchase still is at this attempt. What a worker learns that was held up for longer than
/// its lease says nothing about the attempt of another.
pub(crate) fn at_attempt<'a>(
    record: &'a mut OrderRecord,
    task: &ShipmentRef,
    attempt: u32,
) -> Option<&'a mut Shipment> {
    let shipment = record.shipment_mut(&task.shipment)?;
    shipment.purchase().is_ok_and(|purchase| purchase.attempts == attempt).then_some(shipment)
}

fn label(bought: &BoughtLabel, fingerprint: u64, now: Timestamp) -> Label {
    Label {
        carrier_shipment: bought.carrier_shipment.clone(),
        tracking: bought.tracking.clone(),
        service: bought.service.clone(),
        account: bought.account.clone(),
        cost: bought.cost,
        bought_at: now,
        fingerprint,
        file: LabelFileState::Pending { url: bought.label_url.clone() },
    }
}
