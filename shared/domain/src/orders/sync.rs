//! What an order read back from TikTok means for our shipments.

use jiff::Timestamp;

use crate::deadline::{DispatchRules, deadline};
use crate::exception::ExceptionKind;
use crate::hold::{HoldReason, NotOurs, Shippable};
use crate::ids::{LineItemId, ShopId, WarehouseId};
use crate::message::{ChangeSource, Message, ShipmentRef};
use crate::order::{Fulfillment, Order, OrderStatus, ShippingType};
use crate::record::{AlarmLog, OrderRecord, Overrides};
use crate::settings::CancellationPolicy;
use crate::shipment::{Shipment, TransitionError};
use crate::stage::{Event, Stage, Upload};

/// What the markets and the seller lay down for an order.
#[derive(Clone, Copy, Debug)]
pub struct Policies<'a> {
    /// The markets' rules of dispatch.
    pub dispatch: &'a DispatchRules,
    /// What becomes of an order whose buyer asks to cancel.
    pub cancellation: CancellationPolicy,
    /// How many days after the end of an order its personal data is forgotten; `None` for never.
    pub forget_after_days: Option<u16>,
}

/// Brings the stored record (`None` for a new order) up to `order`, read back at `now` because of `source`,
/// under `rules`. Returns the record to commit and the messages to send after the commit.
///
/// The messages follow from the stage alone, so that a repetition after a crash sends them again.
pub fn sync(
    stored: Option<OrderRecord>,
    shop: &ShopId,
    order: Order,
    source: ChangeSource,
    rules: &Policies<'_>,
    now: Timestamp,
) -> Result<(OrderRecord, Vec<Message>), TransitionError> {
    let shown = stored.as_ref().map(|stored| stored.order.recipient.clone());
    let mut record = match stored {
        Some(record) => OrderRecord { order, synced_at: now, ..record },
        None => OrderRecord {
            shop: shop.clone(),
            order,
            shipments: Vec::new(),
            exceptions: Vec::new(),
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
    record.apply_overrides(rules.cancellation);
    let readdressed = shown.is_some_and(|shown| shown != record.order.recipient);
    if source == ChangeSource::Webhook {
        record.webhooks_seen_until = record.webhooks_seen_until.max(Some(record.order.updated_at));
    }
    let verdict = record.shippable(now);
    plan(&mut record, verdict, now)?;

    let mut shipments = std::mem::take(&mut record.shipments);
    let mut result = Ok(());
    for shipment in &mut shipments {
        // The address that a shipment was stopped for is the stored one. `update_time` alone tells nothing of a change
        // within the second or under way when it was stopped.
        let changed = readdressed || changed_since_stopped(&record.order, shipment);
        let mended = if changed { Mended::Perhaps } else { Mended::No };
        result = result.and(advance(&mut record, shipment, verdict, mended, now));
    }
    record.shipments = shipments;
    result?;
    record.deadline = deadline(&record.order, rules.dispatch);
    record.refresh_exceptions(now);
    record.forget_after(rules.forget_after_days);
    let key = record.key();
    let messages = record.shipments.iter().filter_map(|shipment| {
        let task = ShipmentRef { key: key.clone(), shipment: shipment.id.clone() };
        next_message(&record, shipment, task, now)
    });
    let messages = messages.collect();
    Ok((record, messages))
}

/// Makes the shipment of a new order, and says so when an order is one that nobody would ship otherwise.
fn plan(record: &mut OrderRecord, verdict: Shippable, now: Timestamp) -> Result<(), TransitionError> {
    let asked = matches!(verdict, Shippable::Hold { why: HoldReason::CancelRequested, .. });
    match asked {
        // Its detail names the deadline of the answer, once that is known.
        true if record.open_exceptions().any(|e| e.kind == ExceptionKind::CancelRequested) => {}
        true => {
            let detail = "The buyer asked to cancel. The shipment waits for the seller's answer.";
            record.open_exception(ExceptionKind::CancelRequested, None, detail, now);
        }
        false => record.close_exception(ExceptionKind::CancelRequested, None, now),
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
            let given_up = |shipment: &&mut Shipment| !matches!(shipment.stage, Stage::Cancelled { .. });
            let number = record.shipments.len() + 1;
            let mut current: Vec<&mut Shipment> = record.shipments.iter_mut().filter(given_up).collect();
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
        // Nothing takes the place of a label that was given back.
        Shippable::Shipped | Shippable::Cancelled | Shippable::Never(_) => {
            record.overrides.ship_again = false
        }
    }
    Ok(())
}

/// Before a purchase the shipment follows the order: an item may be cancelled, a warehouse changed. A rate for what it
/// was is void.
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

/// True when both name the same units: TikTok promises no order of them.
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
        Shippable::Never(NotOurs::TikTokShipping | NotOurs::MarketUnsupported) => {
            Some("The order needs a kind of label that is not bought here.")
        }
        Shippable::Never(NotOurs::NoParcel) => {
            Some("The order is digital or picked up in a store: no parcel is sent for it.")
        }
        Shippable::Hold { why: HoldReason::StatusNotUnderstood, .. } if order.items.is_empty() => {
            Some("TikTok names no items of the order.")
        }
        Shippable::Hold { why: HoldReason::StatusNotUnderstood, .. } => {
            Some("TikTok gives the order or one of its items a status that is not known here.")
        }
        _ => None,
    }
}

/// What TikTok does not say of who ships the order. The words are TikTok's, and so without personal data.
fn route_unknown(order: &Order) -> String {
    let lacks = |field: &str, value: &str| match value {
        "" => format!("it gives no {field}"),
        value => format!("its {field} \"{value}\" is not known here"),
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

/// Whether an address that stopped a shipment may be right now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mended {
    Perhaps,
    No,
}

fn advance(
    record: &mut OrderRecord,
    shipment: &mut Shipment,
    verdict: Shippable,
    mended: Mended,
    now: Timestamp,
) -> Result<(), TransitionError> {
    match verdict {
        Shippable::Cancelled => cancel(record, shipment, now),
        Shippable::Hold { until, why } => hold(shipment, until, why, now),
        Shippable::Now => go_on(record, shipment, mended, now),
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
        // What is bought or being bought is not given up for a wait.
        _ => Ok(()),
    }
}

fn cancel(record: &mut OrderRecord, shipment: &mut Shipment, now: Timestamp) -> Result<(), TransitionError> {
    match shipment.stage {
        Stage::Scanned { .. } => {
            let detail = "The order was cancelled when the parcel was on its way.";
            record.open_exception(ExceptionKind::CancelledAfterScan, Some(&shipment.id), detail, now);
            Ok(())
        }
        Stage::Delivered { .. } | Stage::ShippedElsewhere => Ok(()),
        _ => shipment.apply(Event::Cancel, now),
    }
}

fn go_on(
    record: &mut OrderRecord,
    shipment: &mut Shipment,
    mended: Mended,
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
        // What was wrong with the address is mended.
        Stage::Blocked {
            why:
                ExceptionKind::AddressIncomplete
                | ExceptionKind::AddressMismatch
                | ExceptionKind::AddressUndeliverable
                | ExceptionKind::AddressUnprintable
                | ExceptionKind::CustomsFormNeeded,
            label: None,
        } if mended == Mended::Perhaps => shipment.apply(Event::Release, now),
        _ => Ok(()),
    }
}

/// True when TikTok changed the order after the shipment was stopped.
fn changed_since_stopped(order: &Order, shipment: &Shipment) -> bool {
    shipment.history.last().is_some_and(|stopped| order.updated_at > stopped.at)
}

fn shipped(record: &mut OrderRecord, shipment: &mut Shipment, now: Timestamp) -> Result<(), TransitionError> {
    let Some(label) = shipment.stage.label().cloned() else {
        return match shipment.stage {
            Stage::Cancelled { .. } => Ok(()),
            _ => shipment.apply(Event::ShippedElsewhere, now),
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
        // TikTok takes no order for shipped without a number, but need not show it. What is shipped elsewhere shows its own
        // at the latest when our timer has timer_fires; after that, the number that is not shown is ours.
        Stage::Labelled { .. } if at_tiktok.is_empty() && shipment.timer_fires > 0 => {
            let package = of_ours.filter_map(|item| item.package.clone()).next();
            shipment.apply(Event::Upload { upload: Upload { at: now, package, warning: None } }, now)?;
            let detail = "TikTok shows the order as shipped, but no tracking number of it.";
            record.open_exception(ExceptionKind::UploadWarning, Some(&shipment.id), detail, now);
        }
        Stage::Labelled { .. } if !at_tiktok.is_empty() => {
            let why = ExceptionKind::ShippedElsewhere;
            shipment.apply(Event::Block { why }, now)?;
            let detail = "TikTok holds another tracking number than that of our label.";
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

/// The message that the shipment's stage asks for.
fn next_message(
    record: &OrderRecord,
    shipment: &Shipment,
    task: ShipmentRef,
    now: Timestamp,
) -> Option<Message> {
    match &shipment.stage {
        Stage::Ready => Some(Message::RateRequest(task)),
        Stage::Rated { .. } | Stage::Buying { .. } | Stage::Voiding { .. } => {
            Some(Message::LabelRequest(task))
        }
        Stage::Labelled { .. } if record.shippable(now) == Shippable::Now => {
            Some(Message::TrackingUpload(task))
        }
        Stage::Labelled { .. }
        | Stage::Held { .. }
        | Stage::Uploaded { .. }
        | Stage::Scanned { .. }
        | Stage::Delivered { .. }
        | Stage::Blocked { .. }
        | Stage::Cancelled { .. }
        | Stage::ShippedElsewhere => None,
    }
}
