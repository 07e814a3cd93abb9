//! rate-shop: rates a shipment and decides which label is bought.
//!
//! It asks for the parcel's weight and size, has the address verified and the rates quoted side by side, and stores
//! the decision with every candidate before the next step hears of it. Nothing is paid here: the shipment that is
//! made at the carrier for the quotes costs nothing, and one that is left over by a crash does not either.

mod customs;
mod providers;
mod reasons;
mod recipient;
mod sender;
mod weights;

use std::sync::Arc;
use std::time::Duration;

use backend::{CatalogueStore, OrderStore, Queues, RateOutcome, ShopStore};
use carriers::{AddressCheck, Carrier, CarrierError, QuoteRequest};
use domain::address::Address;
use domain::exception::ExceptionKind;
use domain::hold::Shippable;
use domain::message::{ChangeSource, Message, ShipmentRef};
use domain::parcel::{Parcel, pack};
use domain::rates::{
    Acceptance, Carrier as CarrierName, Decision, NoEligibleRate, Quotes, RateRequest, RateRules, Speed,
    choose,
};
use domain::record::OrderRecord;
use domain::retry::Retry;
use domain::settings::AllSettings;
use domain::shipment::Shipment;
use domain::shop::Shop;
use domain::stage::{Event, Stage};
use domain::{CarrierText, Currency, LineItemId, Money, WarehouseId, zone};
use system::{Clock, Random};
use tiktok::TikTok;
use workflow::{Change, Deferral, Deferrer, StepError, error_chain, update_order};

use customs::Papers;

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
    settings: Arc<AllSettings>,
    deferrer: Deferrer,
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
    Deferral(Deferral),
    /// TikTok does not show what is needed: the order is read back before the next attempt.
    NotShown(Deferral),
}

impl RateShop {
    /// Uses these; `rules` and `settings` are the seller's.
    pub fn new(
        stores: Stores,
        tiktok: TikTok,
        carrier: Arc<dyn Carrier>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        rules: RateRules,
        settings: Arc<AllSettings>,
    ) -> Self {
        let Stores { orders, shops, catalogue, queues } = stores;
        let deferrer = Deferrer::new(Arc::clone(&orders), Arc::clone(&queues), Arc::clone(&clock), random);
        Self { orders, shops, catalogue, queues, tiktok, carrier, clock, rules, settings, deferrer }
    }

    /// Rates the shipment, if it waits for that.
    pub async fn handle(&self, task: &ShipmentRef) -> Result<(), StepError> {
        let Some(stored) = self.orders.load_order(&task.key).await? else { return Ok(()) };
        let record = stored.value;
        let Some(shipment) = record.shipment(&task.shipment) else { return Ok(()) };
        match shipment.stage {
            Stage::Ready => {}
            // Overrides, but perhaps not told: the message to label-create may have been lost in a crash.
            Stage::Rated { .. } => return self.send(Message::LabelRequest(task.clone())).await,
            _ => return Ok(()),
        }
        let now = self.clock.now();
        if !record.is_fresh(now) || record.shippable(now) != Shippable::Now {
            return self.send(Message::order_change(task.key.clone(), ChangeSource::Timer)).await;
        }
        let Some(shop) = self.shops.load_shop(&task.key.shop).await? else { return Ok(()) };
        if let Some(closed) = shop.value.closed() {
            let again = Message::RateRequest(task.clone());
            return self.deferrer.defer(task, again, Deferral::closed(closed)).await;
        }
        match self.rate(task, &record, shipment, &shop.value).await? {
            Ok(rated) => self.decide(task, &record, rated, &shop.value).await,
            Err(Obstacle::Block(why, detail)) => {
                let seen = Seen::of(&record, shipment);
                self.block(task, &seen, why, detail, None).await
            }
            Err(Obstacle::Deferral(setback)) => {
                self.deferrer.defer(task, Message::RateRequest(task.clone()), setback).await
            }
            Err(Obstacle::NotShown(setback)) => {
                let again = Message::order_change(task.key.clone(), ChangeSource::Timer);
                self.deferrer.defer(task, again, setback).await
            }
        }
    }

    async fn rate(
        &self,
        task: &ShipmentRef,
        record: &OrderRecord,
        shipment: &Shipment,
        shop: &Shop,
    ) -> Result<Result<Rated, Obstacle>, StepError> {
        let order = &record.order;
        let Some(warehouse) = shop.warehouse(shipment.warehouse.as_ref()) else {
            let detail = "The order's warehouse is not among the shop's warehouses at TikTok.".to_owned();
            return Ok(Err(Obstacle::Block(ExceptionKind::WarehouseUnknown, detail)));
        };
        let label_phone = self.settings.for_shop(&shop.id).label_phone.as_ref();
        let label_phone = label_phone.map(|phone| phone.expose().as_str()).unwrap_or_default();
        let from = match sender::of(warehouse, shop, label_phone) {
            Ok(from) => from,
            Err(obstacle) => return Ok(Err(obstacle)),
        };
        if let Some(obstacle) = self.own_labels_refused(order, shop, &from) {
            return Ok(Err(obstacle));
        }
        // Who can't reach the buyer calls the seller.
        let to = match recipient::of(record, &[label_phone, &from.phone]) {
            // A person may have written the state in its other form.
            Ok(to) => to.canonical(),
            Err(obstacle) => return Ok(Err(obstacle)),
        };
        let items: Vec<_> = order.items.iter().filter(|item| shipment.items.contains(&item.id)).collect();
        let weights = match self.weights(shop, &items).await? {
            Ok(weights) => weights,
            Err(setback) => return Ok(Err(Obstacle::Deferral(setback))),
        };
        let parcel = match pack(items.iter().copied(), &weights.items) {
            Ok(parcel) => parcel,
            Err(error) => return Ok(Err(weights.obstacle(&error))),
        };
        let declared = self.settings.for_shop(&shop.id).customs.as_ref();
        let papers = match customs::papers(&from, &to, &items, &weights.items, declared) {
            Ok(papers) => papers,
            Err(obstacle) => return Ok(Err(obstacle)),
        };
        let request = QuoteRequest {
            from: &from,
            to: &to,
            parcel: &parcel,
            customs: papers.form.as_ref(),
            reference: task.shipment.as_str(),
        };
        // Side by side: the verdict on the address rarely is bad, and an unpaid quote costs nothing.
        let (carriers, check, quotes) = tokio::join!(
            self.carriers(record, shop),
            self.carrier.verify_address(&to),
            self.carrier.quote(&request)
        );
        let carriers = match carriers? {
            Ok(carriers) => carriers,
            Err(setback) => return Ok(Err(Obstacle::Deferral(setback))),
        };
        // A person has looked at it: no checker knows better.
        if let Some(obstacle) = bad_address(check, &from, &to).filter(|_| !record.has_confirmed_address()) {
            return Ok(Err(obstacle));
        }
        Ok(match quotes {
            Ok(quotes) => Ok(Rated {
                seen: Seen::of(record, shipment),
                price_limit: shipment.price_limit,
                price_accepted: shipment.price_accepted,
                carriers,
                quotes,
                parcel,
                papers,
                from,
                to,
            }),
            Err(error) => Err(quote_failed(&error, &[&from, &to])),
        })
    }

    async fn decide(
        &self,
        task: &ShipmentRef,
        record: &OrderRecord,
        rated: Rated,
        shop: &Shop,
    ) -> Result<(), StepError> {
        let order = &record.order;
        let now = self.clock.now();
        let items = order.items.iter().filter(|item| rated.seen.items.contains(&item.id));
        let skus: Vec<String> = items.map(|item| item.seller_sku.clone()).collect();
        let acceptance = Acceptance {
            carriers: order.delivery_option.is_some().then_some(&*rated.carriers),
            fingerprint: rated.seen.fingerprint,
            refused: &record.refused,
            streaks: &shop.monitor.refusals,
            retried_at: record.overrides.retried_at,
            price_limit: rated.price_limit,
            price_accepted: rated.price_accepted,
            now,
        };
        let request = RateRequest {
            parcel: &rated.parcel,
            from: &rated.from,
            to: &rated.to,
            market: &order.market,
            seller: shop.seller,
            ship_on: zone::ship_date(&rated.from, now),
            ready_at: zone::local_time(&rated.from, now).time(),
            arrive_by: order.arrive_by(),
            speed: Speed::of_option(&order.delivery_option_name),
            value: order.total,
            skus: &skus,
            form_wanted: rated.papers.wanted,
            currency: order.total.map_or(Currency::USD, |total| total.currency),
            acceptance,
        };
        match choose(rated.quotes, &request, &self.rules) {
            Ok(decision) => self.chosen(task, &rated.seen, decision).await,
            Err(unrated) => {
                let kind = unrated.kind(&request.acceptance);
                self.unrated(task, &rated.seen, unrated, kind, &rated.papers).await
            }
        }
    }

    async fn chosen(&self, task: &ShipmentRef, seen: &Seen, decision: Decision) -> Result<(), StepError> {
        let now = self.clock.now();
        let chosen = decision.chosen.clone();
        let late = decision.arrives_late;
        let outcome = RateOutcome::Chosen { decision: Box::new(decision), at: now };
        self.orders.put_decision(&task.key, &task.shipment, &outcome).await?;
        let committed = update_order(&*self.orders, &task.key, |record| {
            if !seen.still_waits(record, task) {
                return Ok(Change::Keep(false));
            }
            let Some(shipment) = record.shipment_mut(&task.shipment) else { return Ok(Change::Keep(false)) };
            let fingerprint = seen.fingerprint;
            shipment.apply(Event::Rate { chosen: chosen.clone(), fingerprint }, now)?;
            if late {
                let detail = "No service that may be bought arrives in time; the fastest was taken.";
                record.open_exception(ExceptionKind::ArrivesLate, Some(&task.shipment), detail, now);
            }
            record.refresh_exceptions(now);
            Ok(Change::Commit(true))
        })
        .await?;
        if !committed {
            return Ok(());
        }
        tracing::info!(
            order = %task.key, shipment = %task.shipment, stage = "rated", cost = %chosen.quote.cost,
            "rate is chosen"
        );
        self.send(Message::LabelRequest(task.clone())).await
    }

    async fn unrated(
        &self,
        task: &ShipmentRef,
        seen: &Seen,
        unrated: NoEligibleRate,
        kind: ExceptionKind,
        papers: &Papers,
    ) -> Result<(), StepError> {
        let too_high = unrated.too_dear();
        let NoEligibleRate { candidates, messages } = unrated;
        let (kind, detail) = reasons::no_rate(kind, &candidates, &messages, papers);
        let outcome = RateOutcome::None { candidates, messages, at: self.clock.now() };
        self.orders.put_decision(&task.key, &task.shipment, &outcome).await?;
        self.block(task, seen, kind, detail, too_high).await
    }

    async fn block(
        &self,
        task: &ShipmentRef,
        seen: &Seen,
        why: ExceptionKind,
        detail: String,
        too_high: Option<Money>,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        update_order(&*self.orders, &task.key, |record| {
            if !seen.still_waits(record, task) {
                return Ok(Change::Keep(()));
            }
            record.block(&task.shipment, why, detail.clone(), now)?;
            if let Some(shipment) = record.shipment_mut(&task.shipment) {
                shipment.price_too_high = too_high;
            }
            Ok(Change::Commit(()))
        })
        .await
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
    fn still_waits(&self, record: &OrderRecord, task: &ShipmentRef) -> bool {
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
    price_limit: Option<Money>,
    price_accepted: Option<Money>,
    carriers: Vec<CarrierName>,
    quotes: Quotes,
    parcel: Parcel,
    papers: Papers,
    from: Address,
    to: Address,
}

/// A place that only the postal service reaches is steered by the choice of services: verification databases know many of
/// them badly. Without a verdict the order goes on: it must not be late because a checker is down. A turn at the checker is
/// waited for.
fn bad_address(check: Result<AddressCheck, CarrierError>, from: &Address, to: &Address) -> Option<Obstacle> {
    match check {
        Ok(AddressCheck::Undeliverable { reasons, text }) if !to.place().is_postal_only() => {
            let detail = format!("The address can't be delivered to: {}.", reasons.join(", "));
            let detail = in_its_words(detail, &text, &[from, to]);
            Some(Obstacle::Block(ExceptionKind::AddressUndeliverable, detail))
        }
        Ok(AddressCheck::NoVerdict { reasons }) => {
            tracing::warn!(codes = reasons.join(", "), "address is not verified");
            None
        }
        Ok(AddressCheck::Deliverable { .. } | AddressCheck::Undeliverable { .. }) => None,
        Err(error) => match error.retry() {
            paused @ Retry::Paused(_) if !to.place().is_postal_only() => {
                Some(Obstacle::Deferral(Deferral::passing(error_chain(&error), paused)))
            }
            _ => {
                tracing::warn!(error = error_chain(&error), "address is not verified");
                None
            }
        },
    }
}

fn quote_failed(error: &CarrierError, addresses: &[&Address]) -> Obstacle {
    match error {
        CarrierError::Refused { reason: carriers::Refusal::Address, code, text, .. } => {
            let detail = format!("The carrier does not accept the address ({code}).");
            let detail = in_its_words(detail, text, addresses);
            Obstacle::Block(ExceptionKind::AddressUndeliverable, detail)
        }
        CarrierError::Refused { reason: carriers::Refusal::AddressField, code, text, .. } => {
            let detail = format!("The carrier can't take the address as it is written ({code}).");
            let detail = in_its_words(detail, text, addresses);
            Obstacle::Block(ExceptionKind::AddressUnprintable, detail)
        }
        CarrierError::Refused { reason: carriers::Refusal::Account | carriers::Refusal::Funds, .. } => {
            // The same for every order: nobody gains from blocking each; they go on when the account is mended.
            let exception = ExceptionKind::ServiceUnavailable;
            Obstacle::Deferral(Deferral::notifying(error_chain(error), Duration::from_secs(60), exception))
        }
        CarrierError::Refused { code, text, .. } => {
            let detail = format!("The carrier refused to quote ({code}).");
            Obstacle::Block(ExceptionKind::NoRate, in_its_words(detail, text, addresses))
        }
        _ => Obstacle::Deferral(Deferral::passing(error_chain(error), error.retry())),
    }
}

/// `sentence`, and the carrier's own words where it wrote any. None of its words is of one of `addresses`.
fn in_its_words(sentence: String, text: &CarrierText, addresses: &[&Address]) -> String {
    match text.shown(addresses) {
        Some(words) => format!("{sentence} The carrier says: {words}"),
        None => sentence,
    }
}
