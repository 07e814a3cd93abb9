//! Counts what became of the orders.

use std::collections::BTreeMap;

use backend::{BackendError, OrderFilter, OrderStore};
use domain::exception::{ExceptionKind, Priority};
use domain::order::OrderStatus;
use domain::purchase::PurchaseState;
use domain::record::OrderRecord;
use domain::shipment::Shipment;
use domain::shop::Shop;
use domain::stage::Stage;
use domain::{Currency, OrderKey, Timestamp};
use serde::Serialize;

/// How many orders are read at a time.
const PAGE: usize = 200;

/// Milliseconds to the upload of an order, from its payment or from when it could first be worked on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Latency {
    pub p50: u64,
    pub p99: u64,
    pub max: u64,
}

/// What became of the orders.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    pub orders: usize,
    /// Orders whose tracking number is at TikTok.
    pub uploaded: usize,
    /// Orders that wait for a person.
    pub exceptions: usize,
    /// Cancelled orders, with any label voided.
    pub cancelled: usize,
    /// Orders that somebody else shipped, or that are not ours to ship.
    pub not_ours: usize,
    pub under_way: usize,
    pub labels_bought: usize,
    /// Shipments with two labels that were paid for and not voided, in all runs.
    pub labels_bought_twice: usize,
    pub labels_voided: usize,
    /// Orders that were expected, or that TikTok told of, and that are not stored.
    pub lost: usize,
    /// Stored orders and shops that can't be read.
    pub unreadable: usize,
    /// Messages that failed too often, in all runs.
    pub dead_letters: usize,
    pub elapsed_ms: u64,
    /// Of the orders that were uploaded in this run.
    pub paid_to_uploaded_ms: Latency,
    /// What the labels of this run cost, in minor units by currency.
    pub postage: BTreeMap<Currency, i64>,
    /// Calls to outside services in this run, by kind.
    pub outside_calls: BTreeMap<String, u64>,
    /// Open exceptions, by kind.
    pub exceptions_by_kind: BTreeMap<String, usize>,
}

/// What an order has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderOutcome {
    /// Its tracking number is at TikTok.
    Uploaded,
    /// It waits for a person.
    Exception,
    Cancelled,
    NotOurs,
    /// It is still under way.
    UnderWay,
}

/// What `record` has come to.
pub fn outcome(record: &OrderRecord) -> OrderOutcome {
    let blocked = record.open_exceptions().any(|exception| exception.kind.priority() != Priority::Notice);
    if record.shipments.is_empty() {
        return match record.order.status {
            _ if blocked => OrderOutcome::Exception,
            OrderStatus::Cancelled => OrderOutcome::Cancelled,
            _ => OrderOutcome::NotOurs,
        };
    }
    let all = |done: fn(&Shipment) -> bool| record.current_shipments().all(done);
    let any = |found: fn(&Shipment) -> bool| record.current_shipments().any(found);
    let waits_for_a_person = record.open_exceptions().any(|e| {
        matches!(
            e.kind,
            ExceptionKind::CancelRequested | ExceptionKind::NotSupported | ExceptionKind::RouteUnknown
        )
    });
    if waits_for_a_person || any(|s| matches!(s.stage, Stage::Blocked { .. })) {
        OrderOutcome::Exception
    } else if all(|s| s.is_uploaded() && !s.file_is_pending()) {
        OrderOutcome::Uploaded
    } else if record.awaits_replacement() {
        OrderOutcome::UnderWay
    } else if all(|s| matches!(s.stage, Stage::Cancelled { .. })) {
        OrderOutcome::Cancelled
    } else if all(|s| matches!(s.stage, Stage::ShippedElsewhere)) {
        OrderOutcome::NotOurs
    } else {
        OrderOutcome::UnderWay
    }
}

/// Every stored order that can be read.
pub async fn all_orders(orders: &dyn OrderStore) -> Result<Vec<OrderRecord>, BackendError> {
    Ok(orders_of(orders, &OrderFilter::default()).await?.0)
}

/// Every stored order that `filter` shows, and the keys of those that can't be read.
pub async fn orders_of(
    orders: &dyn OrderStore,
    filter: &OrderFilter,
) -> Result<(Vec<OrderRecord>, Vec<OrderKey>), BackendError> {
    let (mut all, mut unreadable) = (Vec::new(), Vec::new());
    let mut cursor: Option<String> = None;
    loop {
        let page = orders.list_orders(filter, cursor.as_deref(), PAGE).await?;
        all.extend(page.orders);
        unreadable.extend(page.unreadable);
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok((all, unreadable)),
        }
    }
}

impl Summary {
    /// Counts `records`; `run_began` tells this run from earlier ones.
    pub fn of(records: &[OrderRecord], run_began: Timestamp) -> Self {
        let mut summary = Self { orders: records.len(), ..Self::default() };
        let mut latencies = Vec::new();
        for record in records {
            match outcome(record) {
                OrderOutcome::Uploaded => summary.uploaded += 1,
                OrderOutcome::Exception => summary.exceptions += 1,
                OrderOutcome::Cancelled => summary.cancelled += 1,
                OrderOutcome::NotOurs => summary.not_ours += 1,
                OrderOutcome::UnderWay => summary.under_way += 1,
            }
            for exception in record.open_exceptions() {
                let kind = serde_json::to_value(exception.kind).ok();
                let kind = kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or("unknown").to_owned();
                *summary.exceptions_by_kind.entry(kind).or_default() += 1;
            }
            for shipment in &record.shipments {
                summary.count_labels(shipment, run_began);
                latencies.extend(latency_ms(record, shipment, run_began));
            }
        }
        latencies.sort_unstable();
        summary.paid_to_uploaded_ms = Latency {
            p50: percentile(&latencies, 50),
            p99: percentile(&latencies, 99),
            max: latencies.last().copied().unwrap_or(0),
        };
        summary
    }

    /// Counts what is open of a shop itself.
    pub fn count_shop(&mut self, shop: &Shop) {
        for exception in shop.open_exceptions() {
            *self.exceptions_by_kind.entry(exception.kind.name().to_owned()).or_default() += 1;
        }
    }

    fn count_labels(&mut self, shipment: &Shipment, run_began: Timestamp) {
        let bought = |state: &PurchaseState| matches!(state, PurchaseState::Bought { .. });
        let paid = shipment.ledger.iter().filter(|purchase| bought(&purchase.state)).count();
        let voided = usize::from(matches!(shipment.stage, Stage::Cancelled { voided: Some(_) }));
        self.labels_voided += voided;
        self.labels_bought_twice += usize::from(paid.saturating_sub(voided) > 1);
        if let Some(label) = shipment.stage.label().filter(|label| label.bought_at >= run_began) {
            self.labels_bought += 1;
            let sum = self.postage.entry(label.cost.currency).or_default();
            *sum = sum.saturating_add(label.cost.minor);
        }
    }
}

/// From when the order was paid, or this run began, or its hold ended, whichever is last, to its upload.
fn latency_ms(record: &OrderRecord, shipment: &Shipment, run_began: Timestamp) -> Option<u64> {
    let (Stage::Uploaded { upload, .. } | Stage::Scanned { upload, .. } | Stage::Delivered { upload, .. }) =
        &shipment.stage
    else {
        return None;
    };
    if upload.at < run_began {
        return None;
    }
    let was_held = shipment.history.iter().any(|moment| moment.stage == "held");
    let released =
        shipment.history.iter().filter(|moment| was_held && moment.stage == "ready").map(|m| m.at).max();
    let from = record.order.paid_at.into_iter().chain(released).chain([run_began]).max()?;
    u64::try_from(upload.at.duration_since(from).as_millis()).ok()
}

/// The nearest-rank percentile of a sorted list.
fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}
