//! rate-shop: rates a shipment and decides which label is bought.
//!
//! It asks for the parcel's weight and size, has the address verified and the rates quoted side by side, and stores
//! the decision with every candidate before the next step hears of it. Nothing is paid here: a quote costs nothing, and
//! neither does one that a crash leaves behind.

mod customs;
mod providers;
mod reasons;
mod weights;

use std::sync::Arc;
use std::time::{Duration, Instant};

use backend::{CatalogueStore, OrderStore, Queues, RateOutcome, ShopStore};
use carriers::{AddressCheck, CarrierAccounts, CarrierError, Rejection, ShipRequest};
use domain::address::Address;
use domain::exception::ExceptionKind;
use domain::hold::Shippable;
use domain::message::{ChangeSource, Message, ShipmentRef};
use domain::parcel::{Parcel, pack};
use domain::parties::{PartyFault, recipient, sender};
use domain::rates::{
    Carrier, Decision, NoEligibleRate, PurchaseConstraints, Quotes, RateRequest, RateRules, SilentAccount,
    Speed, choose,
};
use domain::record::OrderRecord;
use domain::retry::Retry;
use domain::settings::AllSettings;
use domain::shipment::Shipment;
use domain::shop::Shop;
use domain::stage::{Event, Stage};
use domain::{CarrierText, Currency, LineItemId, Money, WarehouseId, zone};
use system::{BackendError, Clock, Random};
use tiktok::TikTok;
use workflow::{Change, Deferral, Deferrer, StepError, error_chain, update_order};

use customs::Papers;

/// How long the accounts' quotes are waited for: the slowest recorded answer of an aggregator, which asks every carrier behind it,
/// took 4 s, and one is given up at 20 s.
const QUOTES_WITHIN: Duration = Duration::from_secs(20);
/// The pause before an order whose address TikTok masks is read back.
const MASKED_PAUSE: Duration = Duration::from_secs(30);
/// The pause while an account does not accept our credentials.
const ACCOUNT_REFUSED_PAUSE: Duration = Duration::from_secs(60);
/// The pause before an account that gave no answer is asked again, when the others have nothing that may be bought.
const SILENT_PAUSE: Duration = Duration::from_secs(5);

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
    deferrer: Deferrer,
}

/// Where this step keeps what it works on.
pub struct RateShopStores {
    pub orders: Arc<dyn OrderStore>,
    pub shops: Arc<dyn ShopStore>,
    pub catalogue: Arc<dyn CatalogueStore>,
    pub queues: Arc<dyn Queues>,
}

/// Why a shipment gets no rate now.
enum RateFailure {
    /// A person has to act.
    Block(ExceptionKind, String),
    /// It may pass by itself.
    Defer(Deferral),
    /// TikTok does not show what is needed: the order is read back before the next attempt.
    NotShown(Deferral),
    /// The step itself failed.
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
            Some(why) => Self::Block(why, fault.to_string()),
            None => Self::NotShown(Deferral::passing(fault.to_string(), Retry::After(MASKED_PAUSE))),
        }
    }
}

impl RateShop {
    /// Makes the step; `rules` and `settings` are the seller's.
    pub fn new(
        stores: RateShopStores,
        tiktok: TikTok,
        accounts: CarrierAccounts,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        rules: RateRules,
        settings: Arc<AllSettings>,
    ) -> Self {
        let RateShopStores { orders, shops, catalogue, queues } = stores;
        let deferrer = Deferrer::new(Arc::clone(&orders), Arc::clone(&queues), Arc::clone(&clock), random);
        Self { orders, shops, catalogue, queues, tiktok, accounts, clock, rules, settings, deferrer }
    }

    /// Rates the shipment, if it waits for that.
    pub async fn handle(&self, task: &ShipmentRef) -> Result<(), StepError> {
        // An order or shop that is not stored was removed since the message was sent: there is nothing to rate.
        let Some(stored) = self.orders.load_order(&task.key).await? else { return Ok(()) };
        let record = stored.value;
        let Some(shipment) = record.shipment(&task.shipment) else { return Ok(()) };
        match shipment.stage {
            Stage::Ready => {}
            // It is decided, but label-create may not know: a crash may have lost the message.
            Stage::Rated { .. } => return self.send(Message::LabelRequest(task.clone())).await,
            // The message is late or came twice.
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
        match self.rate(task, &record, shipment, &shop.value).await {
            Ok(rated) => self.decide(task, &record, rated, &shop.value).await,
            Err(RateFailure::Block(why, detail)) => {
                let snapshot = ParcelSnapshot::of(&record, shipment);
                self.block(task, &snapshot, why, detail, None).await
            }
            Err(RateFailure::Defer(deferral)) => {
                self.deferrer.defer(task, Message::RateRequest(task.clone()), deferral).await
            }
            Err(RateFailure::NotShown(deferral)) => {
                let again = Message::order_change(task.key.clone(), ChangeSource::Timer);
                self.deferrer.defer(task, again, deferral).await
            }
            Err(RateFailure::Step(error)) => Err(error),
        }
    }

    async fn rate(
        &self,
        task: &ShipmentRef,
        record: &OrderRecord,
        shipment: &Shipment,
        shop: &Shop,
    ) -> Result<RatedParcel, RateFailure> {
        let order = &record.order;
        let settings = self.settings.for_shop(&shop.id);
        let from = sender(shop, shipment, settings)?;
        self.accepts_own_labels(order, shop, &from)?;
        let to = recipient(record, settings, &from)?;
        let items: Vec<_> = order.items.iter().filter(|item| shipment.items.contains(&item.id)).collect();
        let weights = self.weights(shop, &items).await?;
        let parcel = pack(items.iter().copied(), &weights.items).map_err(|error| weights.failure(&error))?;
        let declared = settings.customs.as_ref();
        let papers = customs::papers(&from, &to, &items, &weights.items, declared)?;
        let request = ShipRequest {
            from: &from,
            to: &to,
            parcel: &parcel,
            customs: papers.form.as_ref(),
            reference: task.shipment.as_str(),
        };
        // Side by side: the verdict on the address rarely is bad, and a quote costs nothing.
        let deadline = Instant::now() + QUOTES_WITHIN;
        let (carriers, check, quotes) = tokio::join!(
            self.carriers(record, shop),
            self.accounts.verify_address(&to),
            self.accounts.quotes(&request, self.clock.now(), deadline)
        );
        let carriers = carriers?;
        // A person has looked at it: no checker knows better.
        if !record.has_confirmed_address() {
            is_deliverable(check, &from, &to)?;
        }
        let quotes = quotes.map_err(|error| quote_failed(&error, &[&from, &to]))?;
        Ok(RatedParcel {
            snapshot: ParcelSnapshot::of(record, shipment),
            price_limit: shipment.price_limit,
            price_accepted: shipment.price_accepted,
            carriers,
            quotes,
            parcel,
            papers,
            from,
            to,
        })
    }

    async fn decide(
        &self,
        task: &ShipmentRef,
        record: &OrderRecord,
        rated: RatedParcel,
        shop: &Shop,
    ) -> Result<(), StepError> {
        let order = &record.order;
        let now = self.clock.now();
        let items = order.items.iter().filter(|item| rated.snapshot.items.contains(&item.id));
        let skus: Vec<String> = items.map(|item| item.seller_sku.clone()).collect();
        let constraints = PurchaseConstraints {
            carriers: order.delivery_option.is_some().then_some(&*rated.carriers),
            fingerprint: rated.snapshot.fingerprint,
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
            customs: rated.papers.form.as_ref(),
            form_wanted: rated.papers.wanted,
            currency: order.total.map_or(Currency::USD, |total| total.currency),
            constraints,
        };
        match choose(rated.quotes, &request, &self.rules) {
            Ok(decision) => self.chosen(task, &rated.snapshot, decision).await,
            Err(unrated) => match waits_for(&unrated) {
                Some(deferral) => {
                    self.deferrer.defer(task, Message::RateRequest(task.clone()), deferral).await
                }
                None => {
                    let kind = unrated.kind(&request.constraints);
                    self.unrated(task, &rated.snapshot, unrated, kind, &rated.papers).await
                }
            },
        }
    }

    async fn chosen(
        &self,
        task: &ShipmentRef,
        snapshot: &ParcelSnapshot,
        decision: Decision,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        let chosen = decision.chosen.clone();
        let late = decision.arrives_late;
        let outcome = RateOutcome::Chosen { decision: Box::new(decision), at: now };
        self.orders.put_decision(&task.key, &task.shipment, &outcome).await?;
        let committed = update_order(&*self.orders, &task.key, |record| {
            if !snapshot.still_waits(record, task) {
                return Ok(Change::Keep(false));
            }
            let Some(shipment) = record.shipment_mut(&task.shipment) else { return Ok(Change::Keep(false)) };
            let fingerprint = snapshot.fingerprint;
            shipment.apply(Event::Rate { chosen: Box::new(chosen.clone()), fingerprint }, now)?;
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
            account = %chosen.quote.account, "rate is chosen"
        );
        self.send(Message::LabelRequest(task.clone())).await
    }

    async fn unrated(
        &self,
        task: &ShipmentRef,
        snapshot: &ParcelSnapshot,
        unrated: NoEligibleRate,
        kind: ExceptionKind,
        papers: &Papers,
    ) -> Result<(), StepError> {
        let too_high = unrated.too_dear();
        let (kind, detail) = reasons::no_rate(kind, &unrated, papers);
        let NoEligibleRate { candidates, messages, .. } = unrated;
        let outcome = RateOutcome::None { candidates, messages, at: self.clock.now() };
        self.orders.put_decision(&task.key, &task.shipment, &outcome).await?;
        self.block(task, snapshot, kind, detail, too_high).await
    }

    async fn block(
        &self,
        task: &ShipmentRef,
        snapshot: &ParcelSnapshot,
        why: ExceptionKind,
        detail: String,
        too_high: Option<Money>,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        update_order(&*self.orders, &task.key, |record| {
            if !snapshot.still_waits(record, task) {
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

/// The parcel as it was when the accounts were asked about it.
#[derive(Clone)]
struct ParcelSnapshot {
    fingerprint: u64,
    warehouse: Option<WarehouseId>,
    items: Vec<LineItemId>,
}

impl ParcelSnapshot {
    fn of(record: &OrderRecord, shipment: &Shipment) -> Self {
        Self {
            fingerprint: record.order.parcel_fingerprint(),
            warehouse: shipment.warehouse.clone(),
            items: shipment.items.clone(),
        }
    }

    /// False when the order changed meanwhile: the answer is about another parcel then, and whoever noted the change has
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
struct RatedParcel {
    snapshot: ParcelSnapshot,
    price_limit: Option<Money>,
    price_accepted: Option<Money>,
    carriers: Vec<Carrier>,
    quotes: Quotes,
    parcel: Parcel,
    papers: Papers,
    from: Address,
    to: Address,
}

/// An account that gave no answer may have what the others lack: it is asked again before a person has to act.
fn waits_for(unrated: &NoEligibleRate) -> Option<Deferral> {
    let waits = |silent: &&SilentAccount| silent.why.passes();
    let silent = unrated.incomplete.iter().find(waits)?;
    Some(Deferral::passing(silent.to_string(), Retry::After(SILENT_PAUSE)))
}

/// Fails for an address to which nothing is delivered. A place that only the postal service reaches is steered by the choice of
/// services: verification databases know many of them badly. Without a verdict the order goes on: it must not be late because
/// a checker is down. A turn at the checker is waited for.
fn is_deliverable(
    check: Result<AddressCheck, CarrierError>,
    from: &Address,
    to: &Address,
) -> Result<(), RateFailure> {
    match check {
        Ok(AddressCheck::Undeliverable { reasons, text }) if !to.place().is_postal_only() => {
            let detail = format!("The address can't be delivered to: {}.", reasons.join(", "));
            let detail = in_its_words(detail, &text, &[from, to]);
            Err(RateFailure::Block(ExceptionKind::AddressUndeliverable, detail))
        }
        Ok(AddressCheck::NoVerdict { reasons }) => {
            tracing::warn!(codes = reasons.join(", "), "address is not verified");
            Ok(())
        }
        Ok(AddressCheck::Deliverable { .. } | AddressCheck::Undeliverable { .. }) => Ok(()),
        Err(error) => match error.retry() {
            paused @ Retry::Paused(_) if !to.place().is_postal_only() => {
                Err(RateFailure::Defer(Deferral::passing(error_chain(&error), paused)))
            }
            _ => {
                tracing::warn!(error = error_chain(&error), "address is not verified");
                Ok(())
            }
        },
    }
}

/// No account gave quotes, and `error` is what counts of their answers.
fn quote_failed(error: &CarrierError, addresses: &[&Address]) -> RateFailure {
    let CarrierError::Rejected { reason, code, text, .. } = error else {
        return RateFailure::Defer(Deferral::passing(error_chain(error), error.retry()));
    };
    let (kind, detail) = match reason {
        Rejection::Address => (
            ExceptionKind::AddressUndeliverable,
            format!("The carrier does not accept the address ({code})."),
        ),
        Rejection::AddressField => (
            ExceptionKind::AddressUnprintable,
            format!("The carrier can't take the address as it is written ({code})."),
        ),
        Rejection::Account | Rejection::Funds => {
            // The same for every order: nobody gains from blocking each, and they go on when the account is in order again.
            let exception = ExceptionKind::ServiceUnavailable;
            return RateFailure::Defer(Deferral::notifying(
                error_chain(error),
                ACCOUNT_REFUSED_PAUSE,
                exception,
            ));
        }
        Rejection::QuoteGone | Rejection::Carrier { .. } | Rejection::Request => {
            (ExceptionKind::NoRate, format!("The carrier refused to quote ({code})."))
        }
    };
    RateFailure::Block(kind, in_its_words(detail, text, addresses))
}

/// `sentence`, and the carrier's own words where it wrote any, without what stands in one of `addresses`.
fn in_its_words(sentence: String, text: &CarrierText, addresses: &[&Address]) -> String {
    match text.shown(addresses) {
        Some(words) => format!("{sentence} The carrier says: {words}"),
        None => sentence,
    }
}
