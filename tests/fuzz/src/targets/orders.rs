//! Orders: as TikTok sends them, and as they are stored.

use domain::deadline::DispatchRules;
use domain::hold::Shippable;
use domain::market::Market;
use domain::message::{ChangeSource, Message};
use domain::record::OrderRecord;
use domain::settings::CancellationPolicy;
use domain::shipment::Shipment;
use domain::shop::SellerType;
use domain::stage::Stage;
use domain::sync::{Policies, sync};
use domain::{ShopId, remedy};
use jiff::Timestamp;
use serde_json::Value;

use super::{back_from_storage, now};

/// The size limit of a DynamoDB item, and how many units an order may have to fit into it.
const ITEM_BYTES_MAX: usize = 400 * 1024;
const UNITS_MAX: usize = 300;

/// An order of TikTok's: read, worked on, stored, read again and worked on again.
pub fn read(answer: &[u8]) -> bool {
    let Ok(raw) = serde_json::from_slice::<Value>(answer) else { return false };
    let Ok(order) = tiktok::read_order(raw, &Market::united_states()) else { return false };
    let dispatch = DispatchRules::built_in().unwrap();
    let rules = Policies {
        dispatch: &dispatch,
        cancellation: CancellationPolicy::default(),
        seller: SellerType::Local,
        forget_after_days: Some(60),
    };
    let shop = ShopId::new("7494049642642441621");
    let (record, messages) = sync(None, &shop, order.clone(), ChangeSource::Webhook, &rules, now())
        .expect("a new order can be taken");
    holds(&record, &messages, now());
    let stored = back_from_storage(&record);
    if record.order.items.len() <= UNITS_MAX {
        let bytes = serde_json::to_vec(&stored).unwrap().len();
        assert!(bytes < ITEM_BYTES_MAX, "a record of {bytes} bytes");
    }
    let again =
        sync(Some(stored), &shop, order, ChangeSource::Timer, &rules, now()).expect("it is taken again");
    assert_eq!(again.1, messages, "a repetition sends the same messages");
    assert_eq!(again.0.shipments.len(), record.shipments.len(), "a repetition makes no second parcel");
    holds(&again.0, &again.1, now());
    true
}

/// A stored record, of this version or of another.
pub fn stored(document: &[u8]) -> bool {
    let Ok(record) = serde_json::from_slice::<OrderRecord>(document) else { return false };
    let record = back_from_storage(&record);
    let due = record.alarms_due(now());
    assert!(!due.is_empty() || record.alarm_at().is_none_or(|at| at > now()), "an alarm that is never due");

    let mut timer_fires = record.clone();
    let key = timer_fires.key();
    for shipment in &mut timer_fires.shipments {
        shipment.on_timer(&key, now());
    }
    timer_fires.refresh_exceptions(now());
    assert!(timer_fires.shipments.iter().all(has_timer), "a timer that rang is not wound");

    let remedies = [
        remedy::hold,
        remedy::release,
        remedy::retry,
        remedy::rerate,
        remedy::void,
        remedy::acknowledge,
        remedy::confirm_address,
        remedy::refuse_cancellation,
    ];
    for remedy in remedies {
        let mut overrides = record.clone();
        match remedy(&mut overrides, now()) {
            Ok(_) => drop(back_from_storage(&overrides)),
            Err(_) => assert!(overrides == record, "a remedy that is refused changes something"),
        }
    }

    let mut forgotten = record;
    forgotten.forget();
    assert_eq!(forgotten.order.recipient, None);
    drop(back_from_storage(&forgotten));
    true
}

/// What must hold for every record after it was worked on.
fn holds(record: &OrderRecord, messages: &[Message], at: Timestamp) {
    assert!(record.shipments.iter().all(has_timer), "a shipment without a timer");
    assert!(record.shipments.iter().all(|shipment| shipment.ledger.is_empty()), "a purchase from nothing");
    let buys = messages.iter().any(|message| matches!(message, Message::RateRequest(_)));
    assert!(!buys || record.shippable(at) == Shippable::Now, "a label for what may not be shipped");
    let known: Vec<_> = record.order.items.iter().map(|item| &item.id).collect();
    let units = record.shipments.iter().flat_map(|shipment| &shipment.items);
    assert!({ units }.all(|unit| known.contains(&unit)), "a unit that is not the order's");
}

/// A shipment that is neither finished nor waiting for a person has a timer.
fn has_timer(shipment: &Shipment) -> bool {
    shipment.next_check_at.is_some()
        || matches!(
            shipment.stage,
            Stage::Blocked { .. }
                | Stage::Delivered { .. }
                | Stage::Cancelled { .. }
                | Stage::ShippedElsewhere
        )
}
