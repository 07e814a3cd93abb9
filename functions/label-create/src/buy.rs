//! The purchase itself: claim, ask, note the answer.

use std::time::{Duration, Instant};

use carriers::{BoughtLabel, BuyError, Connector, PurchaseOrder, ShipRequest};
use domain::Timestamp;
use domain::exception::ExceptionKind;
use domain::hold::Shippable;
use domain::message::{Message, ShipmentRef};
use domain::parties::{Parties, parties};
use domain::purchase::{Purchase, PurchaseEvent, PurchaseState};
use domain::rates::{ChosenQuote, Quote};
use domain::record::OrderRecord;
use domain::shipment::Shipment;
use domain::shop::Shop;
use domain::stage::{Event, Label, LabelFileState, PurchaseIntent, Stage};
use jiff::SignedDuration;
use workflow::{Change, Deferral, StepError, error_chain, update_order};

use crate::LabelCreate;
use crate::refused::is_stopped;

/// The shortest that an account is given to sell: aggregators' own clients wait 60 s for the carrier.
const ANSWER_MIN: SignedDuration = SignedDuration::from_secs(60);
/// By how much a claim on a purchase outlasts the wait for its answer, so that a claim that has run out means that whoever made
/// it is dead.
const LEASE_MARGIN: SignedDuration = SignedDuration::from_secs(15);

/// How long a new price is waited for.
const QUOTE_WITHIN: Duration = Duration::from_secs(20);

/// The pause before the read-back of a purchase whose answer was lost.
const FIRST_READ_BACK: Duration = Duration::from_secs(2);

/// What became of the chosen quote until it is bought.
enum CurrentQuote {
    /// It may be bought: as it was chosen, or at its present price.
    Valid(Box<ChosenQuote>),
    /// It is gone, or costs more than it may.
    TooDear,
    /// Its present price can't be had now.
    Unavailable(Deferral),
}

/// What becomes of a purchase that is known not to have taken place.
#[derive(Default)]
enum Retried {
    /// Another worker took the purchase further, or the shipment is gone.
    #[default]
    Overtaken,
    /// The right to ask the account once more is ours.
    Claimed(Box<Purchase>),
    /// The label is no longer wanted.
    Dropped,
}

impl LabelCreate {
    /// A rate is chosen: enters the purchase into the ledger and asks the account to sell.
    pub(crate) async fn begin(&self, task: &ShipmentRef, record: &OrderRecord) -> Result<(), StepError> {
        let now = self.clock.now();
        let Some(shipment) = record.shipment(&task.shipment) else { return Ok(()) };
        let Stage::Rated { chosen, fingerprint } = &shipment.stage else { return Ok(()) };
        if !may_spend(record, *fingerprint, now) {
            return self.resync(task).await;
        }
        // Nothing is bought for a shop that was removed.
        let Some(shop) = self.shop(task).await? else { return Ok(()) };
        if let Some(closed) = shop.closed() {
            return self.defer(task, Deferral::closed(closed)).await;
        }
        if is_stopped(&shop, record, chosen, now) {
            return self.rate_anew(task, chosen, now).await;
        }
        // What is wrong with an address that changed since, rate-shop tells people.
        let Ok(parties) = self.parties(record, shipment, &shop) else {
            return self.rate_anew(task, chosen, now).await;
        };
        let connector = match self.connector(&chosen.quote.account) {
            Ok(connector) => connector,
            Err(deferral) => return self.defer(task, deferral).await,
        };
        let current = match self.current(connector, &request(task, &parties, chosen), chosen, now).await {
            CurrentQuote::Valid(current) => *current,
            CurrentQuote::TooDear => return self.price_increased(task, chosen, now).await,
            CurrentQuote::Unavailable(deferral) => return self.defer(task, deferral).await,
        };
        let key = self.random.purchase_key();
        let lease = lease(connector);
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
            Ok(Change::Commit(Some(start(shipment, lease, now)?)))
        })
        .await?;
        match claimed {
            Some(purchase) => self.ask(task, connector, &purchase, &parties).await,
            None => Ok(()),
        }
    }

    /// The account is known not to have sold: asks again under the same key, unless the label is no longer wanted.
    pub(crate) async fn try_again(&self, task: &ShipmentRef, record: &OrderRecord) -> Result<(), StepError> {
        let now = self.clock.now();
        let Some(shipment) = record.shipment(&task.shipment) else { return Ok(()) };
        let Stage::Buying { intent, fingerprint } = shipment.stage else { return Ok(()) };
        if intent == PurchaseIntent::Ship && !record.is_fresh(now) {
            return self.resync(task).await;
        }
        let connector = match self.connector(&shipment.purchase()?.chosen.quote.account) {
            Ok(connector) => connector,
            Err(deferral) => return self.defer(task, deferral).await,
        };
        let may_ship = intent == PurchaseIntent::Ship && may_spend(record, fingerprint, now);
        let shop = self.shop(task).await?.filter(|shop| may_ship && shop.closed().is_none());
        let parties = shop.and_then(|shop| self.parties(record, shipment, &shop).ok());
        let lease = lease(connector);
        let retried = update_order(&*self.orders, &task.key, |record| {
            let Some(shipment) = record.shipment_mut(&task.shipment) else {
                return Ok(Change::Keep(Retried::Overtaken));
            };
            let intended = matches!(shipment.purchase().map(|p| &p.state), Ok(PurchaseState::Intended));
            if !intended {
                return Ok(Change::Keep(Retried::Overtaken));
            }
            if parties.is_some() {
                return Ok(Change::Commit(Retried::Claimed(Box::new(start(shipment, lease, now)?))));
            }
            let reason = "the label is no longer wanted".to_owned();
            shipment.purchase_event(PurchaseEvent::Rejected { reason }, now)?;
            shipment.apply(Event::PurchaseFailed, now)?;
            record.refresh_exceptions(now);
            Ok(Change::Commit(Retried::Dropped))
        })
        .await?;
        match (retried, parties) {
            (Retried::Claimed(purchase), Some(parties)) => {
                self.ask(task, connector, &purchase, &parties).await
            }
            // Ready again or cancelled: the order's own state says how it goes on.
            (Retried::Dropped | Retried::Claimed(_), _) => self.resync(task).await,
            (Retried::Overtaken, _) => Ok(()),
        }
    }

    async fn shop(&self, task: &ShipmentRef) -> Result<Option<Shop>, StepError> {
        Ok(self.shops.load_shop(&task.key.shop).await?.map(|stored| stored.value))
    }

    fn parties(
        &self,
        record: &OrderRecord,
        shipment: &Shipment,
        shop: &Shop,
    ) -> Result<Parties, domain::parties::PartyFault> {
        parties(record, shipment, shop, self.settings.for_shop(&shop.id))
    }

    async fn ask(
        &self,
        task: &ShipmentRef,
        connector: &dyn Connector,
        purchase: &Purchase,
        parties: &Parties,
    ) -> Result<(), StepError> {
        let request = request(task, parties, &purchase.chosen);
        match connector.buy(&PurchaseOrder { purchase, request: &request }).await {
            Ok(bought) => self.bought(task, bought).await,
            Err(BuyError::Rejected { reason, code, text }) => {
                let detail = self.rejection(task, &reason, &code, &text).await?;
                self.refused(task, purchase, &reason, code.as_str(), detail).await
            }
            Err(error @ BuyError::NotSent { .. }) => {
                let why = error_chain(&error);
                let event = PurchaseEvent::NotSent { why: why.clone() };
                self.tell_ledger(task, purchase.attempts, event, self.clock.now()).await?;
                self.defer(task, Deferral::passing(why, error.retry())).await
            }
            Err(error @ BuyError::Unknown(_)) => {
                let why = error_chain(&error);
                tracing::warn!(order = %task.key, error = why, "purchase outcome is unknown");
                self.lose(task, purchase.attempts, why).await?;
                Ok(self.queues.send(&Message::LabelRequest(task.clone()), FIRST_READ_BACK).await?)
            }
        }
    }

    /// The label is paid for: commits it, has its number uploaded, keeps its file.
    pub(crate) async fn bought(&self, task: &ShipmentRef, bought: BoughtLabel) -> Result<(), StepError> {
        let now = self.clock.now();
        let file = self.file_state(task, &bought).await;
        let wanted = update_order(&*self.orders, &task.key, |record| {
            let Some(shipment) = record.shipment_mut(&task.shipment) else { return Ok(Change::Keep(None)) };
            // Noted before: the account's answer and a read-back may both bring the label.
            let Stage::Buying { intent, fingerprint } = shipment.stage else { return Ok(Change::Keep(None)) };
            let limit = shipment.purchase()?.chosen.limit;
            shipment.purchase_event(PurchaseEvent::Bought, now)?;
            let label = Box::new(label(&bought, file.clone(), fingerprint, now));
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
                    account = %bought.account, "label is bought"
                );
                self.send(Message::TrackingUpload(task.clone())).await?;
                self.keep_file(task).await
            }
            // It is voided.
            Some(PurchaseIntent::Void) => self.send(Message::LabelRequest(task.clone())).await,
            None => Ok(()),
        }
    }

    /// Nobody knows whether the account sold.
    pub(crate) async fn lose(&self, task: &ShipmentRef, attempt: u32, why: String) -> Result<(), StepError> {
        self.tell_ledger(task, attempt, PurchaseEvent::Lost { why }, self.clock.now()).await
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

    /// The quote to buy: the chosen one, or, when that is old, the same contract's service at its present price.
    async fn current(
        &self,
        connector: &dyn Connector,
        request: &ShipRequest<'_>,
        chosen: &ChosenQuote,
        now: Timestamp,
    ) -> CurrentQuote {
        if now.duration_since(chosen.asked_at) < connector.capabilities().quote_ttl {
            return CurrentQuote::Valid(Box::new(chosen.clone()));
        }
        let deadline = Instant::now() + QUOTE_WITHIN;
        let offer = match connector.quote(request, Some(&chosen.quote.ticket), deadline).await {
            Ok(offer) => offer,
            Err(error) => {
                return CurrentQuote::Unavailable(Deferral::passing(error_chain(&error), error.retry()));
            }
        };
        let same = |quote: &Quote| {
            quote.service == chosen.quote.service && quote.billed_to == chosen.quote.billed_to
        };
        // A price of nothing is an error of the carrier's, unless nothing was the price that was chosen.
        let is_priced = |quote: &Quote| quote.cost.minor > 0 || chosen.quote.cost.minor == 0;
        let found = offer.quotes.into_iter().filter(same).filter(is_priced);
        let affordable = found.min_by_key(|quote| quote.cost.minor).filter(|quote| {
            quote.cost.currency == chosen.limit.currency && quote.cost.minor <= chosen.limit.minor
        });
        match affordable {
            Some(quote) => {
                CurrentQuote::Valid(Box::new(ChosenQuote { quote, asked_at: now, ..chosen.clone() }))
            }
            None => CurrentQuote::TooDear,
        }
    }
}

/// Money is spent only on an order that was read back just now, may be shipped, and is the parcel that was rated.
fn may_spend(record: &OrderRecord, fingerprint: u64, now: Timestamp) -> bool {
    record.is_fresh(now)
        && record.shippable(now) == Shippable::Now
        && record.order.parcel_fingerprint() == fingerprint
}

/// The parcel as the account that sells its label is to hear of it.
fn request<'a>(task: &'a ShipmentRef, parties: &'a Parties, chosen: &'a ChosenQuote) -> ShipRequest<'a> {
    ShipRequest {
        from: &parties.from,
        to: &parties.to,
        parcel: &chosen.parcel,
        customs: chosen.customs.as_ref(),
        reference: task.shipment.as_str(),
    }
}

/// How long a claim on a purchase lasts.
fn lease(connector: &dyn Connector) -> SignedDuration {
    let answer =
        SignedDuration::try_from(connector.capabilities().buy_timeout).unwrap_or(SignedDuration::MAX);
    answer.max(ANSWER_MIN).saturating_add(LEASE_MARGIN)
}

/// Claims the live purchase: whoever holds it may ask the account once.
fn start(shipment: &mut Shipment, lease: SignedDuration, now: Timestamp) -> Result<Purchase, StepError> {
    let lease_until = now.saturating_add(lease).unwrap_or(Timestamp::MAX);
    shipment.purchase_event(PurchaseEvent::Start { lease_until }, now)?;
    Ok(shipment.purchase()?.clone())
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

fn label(bought: &BoughtLabel, file: LabelFileState, fingerprint: u64, now: Timestamp) -> Label {
    Label {
        account: bought.account.clone(),
        handle: bought.handle.clone(),
        tracking: bought.tracking.clone(),
        service: bought.service.clone(),
        billed_to: bought.billed_to.clone(),
        cost: bought.cost,
        bought_at: now,
        fingerprint,
        file,
    }
}
