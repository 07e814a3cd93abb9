//! rate-shop: rates a shipment and decides which label is bought.
//!
//! It asks for the parcel's weight and size, has the address verified and the rates quoted side by side, and stores
//! the decision with every candidate before the next step hears of it. Nothing is paid here: the shipment that is
//! made at the carrier for the quotes costs nothing, and one that is left over by a crash does not either.

mod recipient;
mod weights;

use std::sync::Arc;
use std::time::Duration;

use carriers::{AddressCheck, Carrier, CarrierError, QuoteRequest};
use domain::address::{Address, Place};
use domain::exception::ExceptionKind;
use domain::hold::Shippable;
use domain::message::{Message, ShipmentTask, Source};
use domain::parcel::{Parcel, pack};
use domain::rates::{
    Candidate, Decision, Quotes, RateRequest, RateRules, Refusal, Speed, Unrated, Verdict, choose,
};
use domain::record::OrderRecord;
use domain::retry::Retry;
use domain::shipment::Shipment;
use domain::shop::Shop;
use domain::stage::{Event, Stage};
use domain::{Currency, LineItemId, WarehouseId, zone};
use engine::{CatalogueStore, Clock, OrderStore, Queues, Random, RateOutcome, ShopStore};
use steps::{PutOff, Setback, StepError, chain, change_existing};
use tiktok::TikTok;

/// The step.
pub struct RateShop {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    catalogue: Arc<dyn CatalogueStore>,
    queues: Arc<dyn Queues>,
    tiktok: TikTok,
    carrier: Arc<dyn Carrier>,
    clock: Arc<dyn Clock>,
    rules: RateRules,
    put_off: PutOff,
}

/// Where this step keeps what it works on.
pub struct Stores {
    /// Orders.
    pub orders: Arc<dyn OrderStore>,
    /// Shops.
    pub shops: Arc<dyn ShopStore>,
    /// Weights and sizes.
    pub catalogue: Arc<dyn CatalogueStore>,
    /// Queues.
    pub queues: Arc<dyn Queues>,
}

/// Why a shipment gets no rate now.
enum Obstacle {
    /// A person has to act.
    Block(ExceptionKind, String),
    /// It may pass by itself.
    Setback(Setback),
    /// TikTok does not show what is needed: the order is read back before the next attempt.
    NotShown(Setback),
}

impl RateShop {
    /// Uses these; `rules` are the seller's.
    pub fn new(
        stores: Stores,
        tiktok: TikTok,
        carrier: Arc<dyn Carrier>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        rules: RateRules,
    ) -> Self {
        let Stores { orders, shops, catalogue, queues } = stores;
        let put_off = PutOff::new(Arc::clone(&orders), Arc::clone(&queues), Arc::clone(&clock), random);
        Self { orders, shops, catalogue, queues, tiktok, carrier, clock, rules, put_off }
    }

    /// Rates the shipment, if it waits for that.
    pub async fn handle(&self, task: &ShipmentTask) -> Result<(), StepError> {
        let Some(stored) = self.orders.load(&task.key).await? else { return Ok(()) };
        let record = stored.value;
        let Some(shipment) = record.shipment(&task.shipment) else { return Ok(()) };
        match shipment.stage {
            Stage::Ready => {}
            // Decided, but perhaps not told: the message to label-create may have been lost in a crash.
            Stage::Rated { .. } => return self.send(Message::LabelRequest(task.clone())).await,
            _ => return Ok(()),
        }
        let now = self.clock.now();
        if !record.is_fresh(now) || record.shippable(now) != Shippable::Now {
            return self.send(Message::OrderChange { key: task.key.clone(), source: Source::Timer }).await;
        }
        let Some(shop) = self.shops.shop(&task.key.shop).await? else { return Ok(()) };
        match self.rate(task, &record, shipment, &shop.value).await? {
            Ok(rated) => self.decide(task, &record, rated, &shop.value).await,
            Err(Obstacle::Block(why, detail)) => {
                let seen = Seen::of(&record, shipment);
                self.block(task, &seen, why, detail).await
            }
            Err(Obstacle::Setback(setback)) => {
                self.put_off.put_off(task, Message::RateRequest(task.clone()), setback).await
            }
            Err(Obstacle::NotShown(setback)) => {
                let again = Message::OrderChange { key: task.key.clone(), source: Source::Timer };
                self.put_off.put_off(task, again, setback).await
            }
        }
    }

    async fn rate(
        &self,
        task: &ShipmentTask,
        record: &OrderRecord,
        shipment: &Shipment,
        shop: &Shop,
    ) -> Result<Result<Rated, Obstacle>, StepError> {
        let order = &record.order;
        let Some(warehouse) = shop.warehouse(shipment.warehouse.as_ref()) else {
            let detail = "The order's warehouse is not among the shop's warehouses at TikTok.".to_owned();
            return Ok(Err(Obstacle::Block(ExceptionKind::WarehouseUnknown, detail)));
        };
        let from = warehouse.address.clone();
        let to = match recipient::of(record) {
            Ok(to) => to,
            Err(obstacle) => return Ok(Err(obstacle)),
        };
        let items: Vec<_> = order.items.iter().filter(|item| shipment.items.contains(&item.id)).collect();
        let weights = match self.weights(shop, &items).await? {
            Ok(weights) => weights,
            Err(setback) => return Ok(Err(Obstacle::Setback(setback))),
        };
        let parcel = match pack(items, &weights.items) {
            Ok(parcel) => parcel,
            Err(error) => return Ok(Err(weights.obstacle(&error))),
        };
        let request =
            QuoteRequest { from: &from, to: &to, parcel: &parcel, reference: task.shipment.as_str() };
        // Side by side: the verdict on the address rarely is bad, and an unpaid quote costs nothing.
        let (check, quotes) = tokio::join!(self.carrier.verify_address(&to), self.carrier.quote(&request));
        if let Some(obstacle) = bad_address(check, &to) {
            return Ok(Err(obstacle));
        }
        Ok(match quotes {
            Ok(quotes) => Ok(Rated { seen: Seen::of(record, shipment), quotes, parcel, from, to }),
            Err(error) => Err(quote_failed(&error)),
        })
    }

    async fn decide(
        &self,
        task: &ShipmentTask,
        record: &OrderRecord,
        rated: Rated,
        shop: &Shop,
    ) -> Result<(), StepError> {
        let order = &record.order;
        let now = self.clock.now();
        let items = order.items.iter().filter(|item| rated.seen.items.contains(&item.id));
        let skus: Vec<String> = items.map(|item| item.seller_sku.clone()).collect();
        let request = RateRequest {
            parcel: &rated.parcel,
            to: &rated.to,
            market: &order.market,
            seller: shop.seller,
            ship_on: zone::ship_date(&rated.from, now),
            arrive_by: order.arrive_by(),
            speed: Speed::of_option(&order.delivery_option_name),
            value: order.total,
            skus: &skus,
            currency: order.total.map_or(Currency::USD, |total| total.currency),
        };
        match choose(rated.quotes, &request, &self.rules) {
            Ok(decision) => self.chosen(task, &rated.seen, decision).await,
            Err(unrated) => self.unrated(task, &rated.seen, unrated).await,
        }
    }

    async fn chosen(&self, task: &ShipmentTask, seen: &Seen, decision: Decision) -> Result<(), StepError> {
        let now = self.clock.now();
        let chosen = decision.chosen.clone();
        let late = decision.arrives_late;
        let outcome = RateOutcome::Chosen { decision: Box::new(decision), at: now };
        self.orders.keep_decision(&task.key, &task.shipment, &outcome).await?;
        let committed = change_existing(&*self.orders, &task.key, |record| {
            if !seen.still_waits(record, task) {
                return Ok(None);
            }
            let Some(shipment) = record.shipment_mut(&task.shipment) else { return Ok(None) };
            let fingerprint = seen.fingerprint;
            shipment.apply(Event::Rate { chosen: chosen.clone(), fingerprint }, now)?;
            if late {
                let detail = "No service arrives in time; the fastest was taken.";
                record.open_exception(ExceptionKind::ArrivesLate, Some(&task.shipment), detail, now);
            }
            record.settle(now);
            Ok(Some(()))
        })
        .await?;
        match committed {
            Some(()) => {
                tracing::info!(
                    order = %task.key, shipment = %task.shipment, stage = "rated", cost = %chosen.quote.cost,
                    "rate is chosen"
                );
                self.send(Message::LabelRequest(task.clone())).await
            }
            None => Ok(()),
        }
    }

    async fn unrated(&self, task: &ShipmentTask, seen: &Seen, unrated: Unrated) -> Result<(), StepError> {
        let Unrated { candidates, messages } = unrated;
        let mut reasons: Vec<String> = candidates.iter().map(reason).collect();
        reasons.extend(messages.iter().map(|message| format!("{} gave no rate", message.carrier)));
        reasons.dedup();
        let outcome = RateOutcome::None { candidates, at: self.clock.now() };
        self.orders.keep_decision(&task.key, &task.shipment, &outcome).await?;
        let detail = match reasons.as_slice() {
            [] => "No carrier offered a rate.".to_owned(),
            reasons => format!("No rate can be bought: {}.", reasons.join("; ")),
        };
        self.block(task, seen, ExceptionKind::NoRate, detail).await
    }

    async fn block(
        &self,
        task: &ShipmentTask,
        seen: &Seen,
        why: ExceptionKind,
        detail: String,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        change_existing(&*self.orders, &task.key, |record| {
            if !seen.still_waits(record, task) {
                return Ok(None);
            }
            record.block(&task.shipment, why, detail.clone(), now)?;
            Ok(Some(()))
        })
        .await?;
        Ok(())
    }

    async fn send(&self, message: Message) -> Result<(), StepError> {
        Ok(self.queues.send(&message, Duration::ZERO).await?)
    }
}

/// The parcel as it was when the carrier was asked about it.
#[derive(Clone)]
struct Seen {
    fingerprint: u64,
    warehouse: Option<WarehouseId>,
    items: Vec<LineItemId>,
}

impl Seen {
    fn of(record: &OrderRecord, shipment: &Shipment) -> Self {
        Self {
            fingerprint: record.order.parcel_fingerprint(),
            warehouse: shipment.warehouse.clone(),
            items: shipment.items.clone(),
        }
    }

    /// False when the order changed meanwhile: then the answer is of another parcel, and whoever noted the change has
    /// asked for a new one.
    fn still_waits(&self, record: &OrderRecord, task: &ShipmentTask) -> bool {
        record.order.parcel_fingerprint() == self.fingerprint
            && record.shipment(&task.shipment).is_some_and(|shipment| {
                shipment.stage == Stage::Ready
                    && shipment.warehouse == self.warehouse
                    && shipment.items == self.items
            })
    }
}

/// What the choice is made from.
struct Rated {
    seen: Seen,
    quotes: Quotes,
    parcel: Parcel,
    from: Address,
    to: Address,
}

/// A post office box or a military address is steered by the choice of services: verification databases know many of
/// them badly. Without a verdict the order goes on: it must not be late because a checker is down.
fn bad_address(check: Result<AddressCheck, CarrierError>, to: &Address) -> Option<Obstacle> {
    match check {
        Ok(AddressCheck::Undeliverable { reasons })
            if matches!(to.place(), Place::Street | Place::Territory) =>
        {
            let detail = format!("The address can't be delivered to: {}.", reasons.join(", "));
            Some(Obstacle::Block(ExceptionKind::AddressUndeliverable, detail))
        }
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(error = chain(&error), "address is not verified");
            None
        }
    }
}

fn quote_failed(error: &CarrierError) -> Obstacle {
    match error {
        CarrierError::Refused { reason: carriers::Refusal::Address, code, .. } => {
            let detail = format!("The carrier does not accept the address ({code}).");
            Obstacle::Block(ExceptionKind::AddressUndeliverable, detail)
        }
        CarrierError::Refused { reason: carriers::Refusal::Account | carriers::Refusal::Funds, .. } => {
            // The same for every order: nobody gains from blocking each; they go on when the account is mended.
            let exception = Some(ExceptionKind::ServiceUnavailable);
            Obstacle::Setback(Setback { what: chain(error), at_least: Duration::from_secs(60), exception })
        }
        CarrierError::Refused { .. } => Obstacle::Block(ExceptionKind::NoRate, chain(error)),
        _ => {
            let at_least = match error.retry() {
                Retry::After(pause) => pause,
                Retry::Never | Retry::Reconcile => Duration::ZERO,
            };
            Obstacle::Setback(Setback::passing(chain(error), at_least))
        }
    }
}

fn reason(candidate: &Candidate) -> String {
    let service = &candidate.quote.service;
    let reason = match &candidate.verdict {
        Verdict::Refused(Refusal::NotEnabled) => "is not enabled".to_owned(),
        Verdict::Refused(Refusal::UnknownService) => "is not known".to_owned(),
        Verdict::Refused(Refusal::OtherCurrency) => "is priced in another currency".to_owned(),
        Verdict::Refused(Refusal::NotDeliveredThere { .. }) => {
            "does not deliver to such an address".to_owned()
        }
        Verdict::Refused(Refusal::TooHeavy) => "does not take the weight".to_owned(),
        Verdict::Refused(Refusal::TooLong | Refusal::TooLarge) => "does not take the size".to_owned(),
        Verdict::Refused(Refusal::OtherPackaging) => "is for packaging of the carrier's".to_owned(),
        Verdict::Refused(Refusal::NotTakenByTikTok { since }) => {
            format!("is not taken by TikTok since {since}")
        }
        Verdict::Refused(Refusal::TooSlow { arrives }) => format!("arrives on {arrives}"),
        Verdict::Refused(Refusal::DaysUnknown) => "does not say when it arrives".to_owned(),
        Verdict::Chosen | Verdict::Passed => "can be bought".to_owned(),
    };
    format!("{service} {reason}")
}
