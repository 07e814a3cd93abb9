//! What an order read back from TikTok means for our shipments.

use jiff::Timestamp;

use crate::account_id::AccountId;
use crate::deadline::{DispatchRules, deadline};
use crate::exception::ExceptionKind;
use crate::hold::{HoldReason, NotOurs, Shippable};
use crate::ids::{CarrierAccountId, LabelHandle, LineItemId, ShopId, WarehouseId};
use crate::message::{ChangeSource, Message, ShipmentRef};
use crate::money::{Currency, Money};
use crate::order::{Fulfillment, Order, OrderStatus, ShippingType};
use crate::rates::Service;
use crate::record::{AlarmLog, OrderRecord, Overrides};
use crate::route::{Route, route};
use crate::settings::CancellationPolicy;
use crate::shipment::{Shipment, TransitionError};
use crate::shop::SellerType;
use crate::stage::{CostBasis, Event, PendingLabel, Stage, Upload};

/// What the markets and the seller decide for all orders.
#[derive(Clone, Copy, Debug)]
pub struct Policies<'a> {
    pub dispatch: &'a DispatchRules,
    pub cancellation: CancellationPolicy,
    /// What kind of seller the shop has.
    pub seller: SellerType,
    /// How many days after the end of an order its personal data is deleted; `None` for never.
    pub forget_after_days: Option<u16>,
}

/// Brings the stored record (`None` for a new order) up to date with `order`, read back at `now` because of `source`.
/// Returns the record to commit and the messages to send after the commit.
///
/// The messages follow from the stage alone, so that running this again after a crash sends them again.
///
/// # Errors
/// If a shipment's stage forbids what the order asks for: a defect of these decisions.
pub fn sync(
    stored: Option<OrderRecord>,
    shop: &ShopId,
    order: Order,
    source: ChangeSource,
    policies: &Policies<'_>,
    now: Timestamp,
) -> Result<(OrderRecord, Vec<Message>), TransitionError> {
    let stored_recipient = stored.as_ref().map(|stored| stored.order.recipient.clone());
    let mut record = match stored {
        Some(record) => OrderRecord { order, synced_at: now, ..record },
        None => OrderRecord {
            shop: shop.clone(),
            order,
            shipments: Vec::new(),
            exceptions: Vec::new(),
            route: None,
            combination: None,
            deadline: None,
            first_seen_at: now,
            synced_at: now,
            webhooks_seen_until: None,
            overrides: Overrides::default(),
            refused: Vec::new(),
            alarms: AlarmLog::default(),
            cancellation: None,
            forget_at: None,
        },
    };
    record.apply_overrides(policies.cancellation);
    let route = route(&record.order.market, policies.seller, &record.order.shipping, now);
    let route = route.map(|row| row.route);
    let rerouted = std::mem::replace(&mut record.route, route).is_some_and(|before| Some(before) != route);
    record.deadline = deadline(&record.order, policies.dispatch);
    record.follow_group(now);
    let readdressed = stored_recipient.is_some_and(|recipient| recipient != record.order.recipient);
    if source == ChangeSource::Webhook {
        record.webhooks_seen_until = record.webhooks_seen_until.max(Some(record.order.updated_at));
    }
    let verdict = record.shippable(now);
    plan(&mut record, verdict, now)?;

    let mut shipments = std::mem::take(&mut record.shipments);
    let mut result = Ok(());
    for shipment in &mut shipments {
        // A shipment was stopped because of the stored address. `update_time` alone misses a change within the same
        // second, or one that was under way when the shipment was stopped.
        let changed = readdressed || changed_since_stopped(&record.order, shipment);
        let news = if rerouted {
            OrderNews::Route
        } else if changed {
            OrderNews::Address
        } else {
            OrderNews::None
        };
        result = result.and(advance(&mut record, shipment, verdict, news, now));
    }
    record.shipments = shipments;
    result?;
    record.refresh_exceptions(now);
    record.forget_after(policies.forget_after_days);
    let key = record.key();
    let messages = record.shipments.iter().filter_map(|shipment| {
        let target = ShipmentRef { key: key.clone(), shipment: shipment.id.clone() };
        next_message(&record, shipment, target, now)
    });
    let messages = messages.collect();
    Ok((record, messages))
}

/// Creates the shipment of a new order, and opens the exceptions of an order that nobody would ship otherwise.
fn plan(record: &mut OrderRecord, verdict: Shippable, now: Timestamp) -> Result<(), TransitionError> {
    if !matches!(verdict, Shippable::Hold { why: HoldReason::CancelRequested, .. }) {
        record.close_exception(ExceptionKind::CancelRequested, None, now);
    } else if record.open_exceptions().all(|e| e.kind != ExceptionKind::CancelRequested) {
        // The detail of one that is open already may name the deadline of the answer.
        let detail = "The buyer asked to cancel. The shipment is waiting for the seller's answer.";
        record.open_exception(ExceptionKind::CancelRequested, None, detail, now);
    }
    match not_supported(&record.order, verdict) {
        Some(detail) => record.open_exception(ExceptionKind::NotSupported, None, detail, now),
        None => record.close_exception(ExceptionKind::NotSupported, None, now),
    }
    match verdict {
        Shippable::Hold { why: HoldReason::RouteUnknown, .. } => {
            let detail = route_unknown(&record.order);
            record.open_exception(ExceptionKind::RouteUnknown, None, detail, now);
        }
        _ => record.close_exception(ExceptionKind::RouteUnknown, None, now),
    }
    match verdict {
        Shippable::Hold { .. } | Shippable::Now => {
            let items: Vec<_> = record.order.unshipped().map(|item| item.id.clone()).collect();
            let warehouse = record.order.warehouse.clone();
            let is_live = |shipment: &&mut Shipment| !matches!(shipment.stage, Stage::Cancelled { .. });
            let number = record.shipments.len() + 1;
            let mut current: Vec<&mut Shipment> = record.shipments.iter_mut().filter(is_live).collect();
            match current.as_mut_slice() {
                [] if number == 1 || record.overrides.ship_again => {
                    let id = record.key().shipment(number);
                    record.overrides.ship_again = false;
                    record.shipments.push(Shipment::new(id, items, warehouse, now));
                }
                [shipment] if follows_the_order(&shipment.stage) => follow(shipment, items, warehouse, now)?,
                _ => {}
            }
        }
        // A voided label is not replaced any more.
        Shippable::Shipped | Shippable::Cancelled | Shippable::Never(_) => {
            record.overrides.ship_again = false
        }
    }
    Ok(())
}

/// Before a purchase the shipment follows the order: an item may be cancelled, a warehouse changed. A rate that was chosen
/// before is dropped.
fn follow(
    shipment: &mut Shipment,
    items: Vec<LineItemId>,
    warehouse: Option<WarehouseId>,
    now: Timestamp,
) -> Result<(), TransitionError> {
    if same_units(&shipment.items, &items) && shipment.warehouse == warehouse {
        return Ok(());
    }
    shipment.items = items;
    shipment.warehouse = warehouse;
    match shipment.stage {
        Stage::Rated { .. } => shipment.apply(Event::Release, now),
        _ => Ok(()),
    }
}

/// True if both name the same units: TikTok does not promise their order.
fn same_units(a: &[LineItemId], b: &[LineItemId]) -> bool {
    a.len() == b.len() && a.iter().all(|unit| b.contains(unit))
}

fn follows_the_order(stage: &Stage) -> bool {
    matches!(
        stage,
        Stage::Held { .. } | Stage::Ready | Stage::Rated { .. } | Stage::Blocked { label: None, .. }
    )
}

/// Why a person has to ship the order, or look at it before it is shipped.
fn not_supported(order: &Order, verdict: Shippable) -> Option<&'static str> {
    match verdict {
        Shippable::Never(NotOurs::MarketUnsupported) => {
            Some("Punctual does not know how orders of this market are shipped.")
        }
        Shippable::Never(NotOurs::NoParcel) => {
            Some("The order is digital or picked up in a store: there is no parcel to send.")
        }
        Shippable::Hold { why: HoldReason::StatusNotUnderstood, .. } if order.items.is_empty() => {
            Some("TikTok shows no items for the order.")
        }
        Shippable::Hold { why: HoldReason::StatusNotUnderstood, .. } => {
            Some("TikTok gives the order or one of its items a status that Punctual does not know.")
        }
        _ => None,
    }
}

/// What TikTok leaves open about who ships the order. It quotes TikTok's codes only, and so no personal data.
fn route_unknown(order: &Order) -> String {
    let lacks = |field: &str, value: &str| match value {
        "" => format!("it gives no {field}"),
        value => format!("its {field} \"{value}\" is unknown to Punctual"),
    };
    let fulfillment = match &order.fulfillment {
        Fulfillment::Unknown(value) => Some(lacks("fulfillment_type", value)),
        Fulfillment::Seller | Fulfillment::Platform => None,
    };
    let shipping = match &order.shipping {
        ShippingType::Unknown(value) => Some(lacks("shipping_type", value)),
        ShippingType::Seller | ShippingType::TikTok | ShippingType::NoParcel => None,
    };
    let reasons: Vec<String> = fulfillment.into_iter().chain(shipping).collect();
    format!("TikTok does not say who ships the order: {}.", reasons.join(", and "))
}

/// What changed of an order that may end what stopped a shipment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OrderNews {
    /// It needs another kind of label: nothing that was found out before counts any more.
    Route,
    /// Its address may be another one.
    Address,
    None,
}

fn advance(
    record: &mut OrderRecord,
    shipment: &mut Shipment,
    verdict: Shippable,
    news: OrderNews,
    now: Timestamp,
) -> Result<(), TransitionError> {
    match verdict {
        Shippable::Cancelled => cancel(record, shipment, now),
        Shippable::Hold { until, why } => hold(shipment, until, why, now),
        Shippable::Now => proceed(record, shipment, news, now),
        Shippable::Shipped => shipped(record, shipment, now),
        Shippable::Never(_) => hold(shipment, None, HoldReason::NotOurs, now),
    }
}

fn hold(
    shipment: &mut Shipment,
    until: Option<Timestamp>,
    why: HoldReason,
    now: Timestamp,
) -> Result<(), TransitionError> {
    match shipment.stage {
        Stage::Held { .. } | Stage::Ready | Stage::Rated { .. } => {
            shipment.apply(Event::Hold { until, why }, now)
        }
        // A label that is bought or being bought is kept during a hold.
        _ => Ok(()),
    }
}

fn cancel(record: &mut OrderRecord, shipment: &mut Shipment, now: Timestamp) -> Result<(), TransitionError> {
    match shipment.stage {
        Stage::Scanned { .. } => {
            let detail = "The order was cancelled when the parcel was already on its way.";
            record.open_exception(ExceptionKind::CancelledAfterScan, Some(&shipment.id), detail, now);
            Ok(())
        }
        Stage::Delivered { .. } | Stage::ShippedElsewhere => Ok(()),
        _ => shipment.apply(Event::Cancel, now),
    }
}

fn proceed(
    record: &mut OrderRecord,
    shipment: &mut Shipment,
    news: OrderNews,
    now: Timestamp,
) -> Result<(), TransitionError> {
    let parcel = record.order.parcel_fingerprint();
    match &shipment.stage {
        Stage::Held { .. } => shipment.apply(Event::Release, now),
        Stage::Rated { fingerprint, .. } if *fingerprint != parcel => shipment.apply(Event::Release, now),
        Stage::Labelled { label } if label.fingerprint != parcel => {
            let why = ExceptionKind::ChangedAfterLabel;
            shipment.apply(Event::Block { why }, now)?;
            let detail = "The address or the items changed after the label was bought.";
            record.open_exception(why, Some(&shipment.id), detail, now);
            Ok(())
        }
        // Whatever was wrong with the address may be fixed: it is checked again.
        Stage::Blocked {
            why:
                ExceptionKind::AddressIncomplete
                | ExceptionKind::AddressMismatch
                | ExceptionKind::AddressUndeliverable
                | ExceptionKind::AddressUnprintable
                | ExceptionKind::CustomsFormNeeded,
            label: None,
        } if news == OrderNews::Address => shipment.apply(Event::Release, now),
        Stage::Blocked { label: None, .. } if news == OrderNews::Route => shipment.apply(Event::Release, now),
        // It is where it belongs, or waits for a person.
        _ => Ok(()),
    }
}

/// True if TikTok changed the order after the shipment was stopped.
fn changed_since_stopped(order: &Order, shipment: &Shipment) -> bool {
    shipment.history.last().is_some_and(|stopped| order.updated_at > stopped.at)
}

fn shipped(record: &mut OrderRecord, shipment: &mut Shipment, now: Timestamp) -> Result<(), TransitionError> {
    let Some(label) = shipment.stage.label().cloned() else {
        let ours = record.route.is_some_and(Route::is_platform_label);
        return match &shipment.stage {
            Stage::Cancelled { .. } | Stage::LabelPending { .. } | Stage::ShippedElsewhere => Ok(()),
            // What shows is our own purchase, or somebody else's in its place: the purchase finds out which.
            Stage::Buying { .. } if ours => Ok(()),
            // What shows is the purchase of the order that leads the parcel: its record says what was bought.
            Stage::Held { .. } | Stage::Ready | Stage::Rated { .. } if record.claimed_by().is_some() => {
                shipment.apply(Event::Hold { until: None, why: HoldReason::Combined }, now)
            }
            _ => match adopted(&record.order, shipment, now).filter(|_| ours) {
                Some(label) => shipment.apply(Event::Adopt { label: Box::new(label) }, now),
                None => shipment.apply(Event::ShippedElsewhere, now),
            },
        };
    };
    let of_ours = record.order.items.iter().filter(|item| shipment.items.contains(&item.id));
    let at_tiktok: Vec<&str> = of_ours.clone().filter_map(|item| item.tracking.as_deref()).collect();
    let ours = at_tiktok.contains(&label.tracking.as_str());
    match &shipment.stage {
        Stage::Labelled { .. } | Stage::Blocked { .. } if ours => {
            let package = of_ours.filter_map(|item| item.package.clone()).next();
            shipment.apply(Event::Upload { upload: Upload { at: now, package, warning: None } }, now)?;
        }
        // No order counts as shipped without a tracking number, but TikTok may not show it yet. A number from elsewhere
        // shows at the latest when our timer fires; one that still does not show after that is ours.
        Stage::Labelled { .. } if at_tiktok.is_empty() && shipment.timer_fires > 0 => {
            let package = of_ours.filter_map(|item| item.package.clone()).next();
            shipment.apply(Event::Upload { upload: Upload { at: now, package, warning: None } }, now)?;
            let detail = "TikTok shows the order as shipped, but shows no tracking number for it.";
            record.open_exception(ExceptionKind::UploadWarning, Some(&shipment.id), detail, now);
        }
        Stage::Labelled { .. } if !at_tiktok.is_empty() => {
            let why = ExceptionKind::ShippedElsewhere;
            shipment.apply(Event::Block { why }, now)?;
            let detail = "TikTok has a tracking number other than our label's.";
            record.open_exception(why, Some(&shipment.id), detail, now);
        }
        _ => {}
    }
    match record.order.status {
        OrderStatus::InTransit if matches!(shipment.stage, Stage::Uploaded { .. }) => {
            shipment.apply(Event::Scan, now)
        }
        OrderStatus::Delivered | OrderStatus::Completed
            if matches!(shipment.stage, Stage::Uploaded { .. } | Stage::Scanned { .. }) =>
        {
            shipment.apply(Event::Deliver, now)
        }
        _ => Ok(()),
    }
}

/// TikTok's label that somebody else bought for the shipment. It can be had until the carrier has the parcel.
fn adopted(order: &Order, shipment: &Shipment, now: Timestamp) -> Option<PendingLabel> {
    if order.status != OrderStatus::AwaitingCollection {
        return None;
    }
    let package = order.part(&shipment.items).package?;
    let currency = order.total.map_or(Currency::USD, |total| total.currency);
    Some(PendingLabel {
        account: AccountId::platform(),
        handle: LabelHandle::new(package.as_str()),
        service: Service::platform(),
        billed_to: CarrierAccountId::platform(),
        cost: Money { minor: 0, currency },
        cost_basis: CostBasis::NotTold,
        bought_at: now,
        fingerprint: order.parcel_fingerprint(),
    })
}

/// The message that takes the shipment on from its stage.
fn next_message(
    record: &OrderRecord,
    shipment: &Shipment,
    target: ShipmentRef,
    now: Timestamp,
) -> Option<Message> {
    match &shipment.stage {
        Stage::Ready => Some(Message::RateRequest(target)),
        Stage::Rated { .. } | Stage::Buying { .. } | Stage::Voiding { .. } => {
            Some(Message::LabelRequest(target))
        }
        // Just adopted. Later on, whoever asks for the label keeps asking, and so does the timer.
        Stage::LabelPending { .. } if shipment.in_stage_since() == Some(now) => {
            Some(Message::LabelRequest(target))
        }
        Stage::Labelled { .. } if record.shippable(now) == Shippable::Now => {
            Some(Message::TrackingUpload(target))
        }
        // The order that leads its parcel has bought it.
        Stage::Held { why: HoldReason::Combined, .. } if record.shippable(now) == Shippable::Shipped => {
            Some(Message::RateRequest(target))
        }
        Stage::LabelPending { .. }
        | Stage::Labelled { .. }
        | Stage::Held { .. }
        | Stage::Uploaded { .. }
        | Stage::Scanned { .. }
        | Stage::Delivered { .. }
        | Stage::Blocked { .. }
        | Stage::Cancelled { .. }
        | Stage::ShippedElsewhere => None,
    }
}
