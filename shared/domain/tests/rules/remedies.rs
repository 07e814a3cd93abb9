//! What people do about exceptions: allowed or refused in each stage, and what it becomes.

use domain::address::Address;
use domain::exception::{Ends, ExceptionKind};
use domain::market::Market;
use domain::message::{ChangeSource, Message};
use domain::order::{Order, OrderStatus};
use domain::purchase::PurchaseState;
use domain::record::{CancellationResponse, OrderRecord};
use domain::remedy::{
    CancelReason, Remedy, RemedyKind, RemedyRefused, acknowledge, confirm_address, correct_address, hold,
    mark_urgent, refuse_cancellation, release, rerate, retry, unmark_urgent, void,
};
use domain::stage::{Event, Stage, Void};
use domain::{Money, Timestamp};

use crate::support::{
    at, label, name, open, order, purchase, recipient, record, record_of, stages, synced, task, uploaded,
};

type Decision = fn(&mut OrderRecord, Timestamp) -> Result<Vec<Message>, RemedyRefused>;

fn elsewhere() -> Address {
    Address { street1: "9 Oak Street".into(), ..recipient() }
}

/// The stage after the decision, or the name of the refusal, which changes nothing.
fn outcome(stage: &Stage, decision: Decision) -> String {
    let mut overrides = record(stage.clone());
    match decision(&mut overrides, at(10)) {
        Ok(_) => name(&overrides.shipments[0].stage).to_owned(),
        Err(why) => {
            assert_eq!(overrides, record(stage.clone()), "{why} changes nothing");
            let shown = format!("{why:?}");
            format!("!{}", shown.split([' ', '(']).next().unwrap_or_default())
        }
    }
}

fn order_change() -> Message {
    Message::order_change(task().key, ChangeSource::Person)
}

#[test]
fn each_decision_in_each_stage() {
    let correct: Decision = |record, now| correct_address(record, elsewhere(), now);
    let urgent: Decision = mark_urgent;
    let table: [(&str, [&str; 6]); 18] = [
        // hold, retry, rerate, void, correct the address, mark as urgent
        ("held", ["held", "!NotBlocked", "!NoRate", "!NoLabel", "held", "held"]),
        ("held", ["held", "!NotBlocked", "!NoRate", "!NoLabel", "held", "held"]),
        ("ready", ["ready", "!NotBlocked", "!NoRate", "!NoLabel", "ready", "ready"]),
        ("rated", ["rated", "!NotBlocked", "ready", "!NoLabel", "ready", "rated"]),
        (
            "buying",
            ["buying", "!NotBlocked", "!PurchaseRunning", "!PurchaseRunning", "!PurchaseRunning", "buying"],
        ),
        (
            "buying to void",
            [
                "buying to void",
                "!NotBlocked",
                "!PurchaseRunning",
                "!PurchaseRunning",
                "!PurchaseRunning",
                "buying to void",
            ],
        ),
        (
            "label_pending",
            ["!Uploaded", "!NotBlocked", "!Uploaded", "!PlatformLabel", "!Uploaded", "!Uploaded"],
        ),
        ("labelled", ["labelled", "!NotBlocked", "voiding", "voiding", "!LabelBought", "labelled"]),
        ("uploaded", ["!Uploaded", "!NotBlocked", "!Uploaded", "!Uploaded", "!Uploaded", "!Uploaded"]),
        ("scanned", ["!Uploaded", "!NotBlocked", "!Uploaded", "!Uploaded", "!Uploaded", "!Uploaded"]),
        ("delivered", ["!Uploaded", "!NotBlocked", "!Uploaded", "!Uploaded", "!Uploaded", "!Uploaded"]),
        // By having no rate, which another address may have.
        ("blocked", ["blocked", "ready", "ready", "!NoLabel", "ready", "blocked"]),
        (
            "blocked with label",
            ["blocked with label", "labelled", "voiding", "voiding", "!LabelBought", "blocked with label"],
        ),
        ("voiding", ["voiding", "!NotBlocked", "!LabelVoided", "!LabelVoided", "voiding", "voiding"]),
        ("cancelled", ["cancelled", "!NotBlocked", "!LabelVoided", "!NoLabel", "cancelled", "cancelled"]),
        (
            "cancelled, refund under way",
            [
                "cancelled, refund under way",
                "!NotBlocked",
                "!LabelVoided",
                "!LabelVoided",
                "cancelled, refund under way",
                "cancelled, refund under way",
            ],
        ),
        (
            "cancelled with label",
            [
                "cancelled with label",
                "!NotBlocked",
                "!LabelVoided",
                "!LabelVoided",
                "cancelled with label",
                "cancelled with label",
            ],
        ),
        ("shipped_elsewhere", ["!Over", "!NotBlocked", "!Over", "!NoLabel", "!Over", "!Over"]),
    ];
    for (stage, (shown, expect)) in stages().iter().zip(table) {
        assert_eq!(name(stage), shown);
        let decisions = [hold, retry, rerate, void, correct, urgent];
        assert_eq!(decisions.map(|decision| outcome(stage, decision)), expect, "{shown}");
    }
}

#[test]
fn an_order_that_is_over_is_left_alone() {
    for status in [OrderStatus::Cancelled, OrderStatus::Delivered] {
        let mut record = record(Stage::Ready);
        record.order = Order { status, ..order() };
        assert_eq!(hold(&mut record, at(10)), Err(RemedyRefused::Over));
        assert_eq!(rerate(&mut record, at(10)), Err(RemedyRefused::Over));
        assert_eq!(correct_address(&mut record, elsewhere(), at(10)), Err(RemedyRefused::Over));
    }
}

#[test]
fn a_held_order_waits_until_it_is_released() {
    let (mut held, _) = synced(None, order());
    assert_eq!(hold(&mut held, at(10)), Ok(vec![order_change()]));
    assert_eq!(hold(&mut held, at(11)), Err(RemedyRefused::AlreadyHeld));
    let (mut held, messages) = synced(Some(held), order());
    assert_eq!((held.shipments[0].stage.name(), messages), ("held", vec![]));
    assert_eq!(release(&mut held, at(12)), Ok(vec![order_change()]));
    assert_eq!(release(&mut held, at(13)), Err(RemedyRefused::NotHeld));
    let (gone_on, messages) = synced(Some(held), order());
    assert_eq!((gone_on.shipments[0].stage.name(), messages), ("ready", vec![Message::RateRequest(task())]));
}

#[test]
fn a_label_that_is_bought_meanwhile_waits_as_well() {
    let mut held = record(Stage::Labelled { label: label() });
    hold(&mut held, at(10)).unwrap();
    let (held, messages) = synced(Some(held), order());
    assert_eq!((held.shipments[0].stage.name(), messages), ("labelled", vec![]));
}

#[test]
fn a_voided_label_is_followed_by_another_only_when_somebody_says_so() {
    let given_back = |decision: Decision| {
        let mut record = record(Stage::Labelled { label: label() });
        assert_eq!(decision(&mut record, at(10)), Ok(vec![Message::LabelRequest(task())]));
        record.shipments[0].apply(Event::Voided { outcome: Void::Submitted }, at(11)).unwrap();
        record
    };
    let (voided, messages) = synced(Some(given_back(void)), order());
    assert_eq!((voided.shipments.len(), messages), (1, vec![]));

    let mut released = voided;
    release(&mut released, at(12)).unwrap();
    let (again, messages) = synced(Some(released), order());
    assert_eq!((again.shipments.len(), messages.len()), (2, 1));

    let (again, messages) = synced(Some(given_back(rerate)), order());
    assert_eq!((again.shipments.len(), messages.len(), again.overrides.held_at), (2, 1, None));
}

#[test]
fn a_retry_closes_its_exception_and_leaves_a_note() {
    let mut record = record(Stage::Ready);
    record.block(&task().shipment, ExceptionKind::WeightUnknown, "No weight.", at(1)).unwrap();
    record.open_exception(ExceptionKind::CancelRequested, None, "Asked.", at(1));
    assert_eq!(retry(&mut record, at(10)), Ok(vec![order_change()]));
    let [blocked, other] = record.exceptions.as_slice() else { panic!("two exceptions") };
    let notes: Vec<_> = blocked.history.iter().map(|note| (note.at, note.what.as_str())).collect();
    assert_eq!((notes, blocked.closed_at), (vec![(at(10), "Retried.")], Some(at(10))));
    assert!(other.history.is_empty() && other.closed_at.is_none());
}

#[test]
fn a_retry_ships_a_changed_order_as_its_label_says() {
    let changed = Order { recipient: Some(elsewhere()), ..order() };
    let (mut blocked, _) = synced(Some(record(Stage::Labelled { label: label() })), changed.clone());
    assert_eq!(open(&blocked), [ExceptionKind::ChangedAfterLabel]);
    retry(&mut blocked, at(10)).unwrap();
    let (record, messages) = synced(Some(blocked), changed);
    assert_eq!((record.shipments[0].stage.name(), open(&record)), ("labelled", vec![]));
    assert_eq!(messages, [Message::TrackingUpload(task())]);
}

#[test]
fn a_retry_does_not_help_against_everything() {
    let blocked = |why| record(Stage::Blocked { why, label: Some(label()) });
    let refused = retry(&mut blocked(ExceptionKind::ShippedElsewhere), at(10)).unwrap_err();
    assert_eq!(refused.to_string(), "retry does not resolve shipped_elsewhere");
    let mut unknown = record(Stage::Blocked { why: ExceptionKind::PurchaseRefused, label: None });
    unknown.shipments[0].ledger.push(purchase(PurchaseState::Unknown { since: at(0) }));
    assert_eq!(retry(&mut unknown, at(10)), Err(RemedyRefused::PurchaseRunning));
    assert_eq!(rerate(&mut unknown, at(10)), Err(RemedyRefused::PurchaseRunning));
}

#[test]
fn a_corrected_address_outlives_the_read_back() {
    let stopped = Stage::Blocked { why: ExceptionKind::AddressUndeliverable, label: None };
    let mut corrected = record(stopped);
    corrected.open_exception(ExceptionKind::BuyerReportsWrongAddress, None, "Wrong.", at(0));
    assert_eq!(correct_address(&mut corrected, elsewhere(), at(10)), Ok(vec![order_change()]));
    assert_eq!((corrected.shipments[0].stage.name(), open(&corrected)), ("ready", vec![]));
    let (mut corrected, _) = synced(Some(corrected), order());
    assert_eq!(corrected.order.recipient, Some(elsewhere()));

    // A second correction is one of TikTok's address too, not of the first.
    let third = Address { street1: "1 Fir Street".into(), ..recipient() };
    correct_address(&mut corrected, third.clone(), at(11)).unwrap();
    let (mut corrected, _) = synced(Some(corrected), order());
    assert_eq!(corrected.order.recipient, Some(third.clone()));
    assert_eq!(correct_address(&mut corrected, third, at(12)), Err(RemedyRefused::SameAddress));

    // Back to what TikTok shows.
    correct_address(&mut corrected, recipient(), at(13)).unwrap();
    assert_eq!((corrected.overrides.correction, corrected.order.recipient), (None, Some(recipient())));
}

#[test]
fn a_bad_address_is_refused_by_its_field() {
    let correct = |to: Address| correct_address(&mut record(Stage::Ready), to, at(10)).unwrap_err();
    let nameless = correct(Address { name: String::new(), ..elsewhere() });
    assert_eq!(nameless.to_string(), "the new address cannot be used: the address has no name");
    let other_state = correct(Address { state: "OH".into(), ..elsewhere() });
    assert_eq!(
        other_state.to_string(),
        "the new address cannot be used: the postal code is in NV, but the state is OH"
    );
    assert_eq!(correct(Address { name: "A** E**".into(), ..elsewhere() }), RemedyRefused::AddressMasked);
    for hidden in [None, Some(Address { street1: "1* E**".into(), ..recipient() })] {
        let mut record = record(Stage::Ready);
        record.order.recipient = hidden;
        assert_eq!(correct_address(&mut record, elsewhere(), at(10)), Err(RemedyRefused::AddressHidden));
    }
}

#[test]
fn a_confirmed_address_holds_until_the_buyer_changes_it() {
    use ExceptionKind::{AddressMismatch, AddressUndeliverable, AddressUnprintable};
    for why in [AddressUndeliverable, AddressMismatch, AddressUnprintable] {
        assert!(why.remedies().contains(&RemedyKind::ConfirmAddress), "{}", why.name());
        let mut record = record(Stage::Ready);
        record.block(&task().shipment, why, "told", at(5)).unwrap();
        assert!(!record.has_confirmed_address());
        assert_eq!(confirm_address(&mut record, at(10)), Ok(vec![order_change()]));
        assert_eq!((record.shipments[0].stage.name(), open(&record)), ("ready", vec![]), "{why:?}");
        assert_eq!(record.exceptions[0].history[0].what, "The address was confirmed.");

        let (record, _) = synced(Some(record), order());
        assert!(record.has_confirmed_address(), "read back as it was");
        // TikTok masks phones after a time, and for a time all of it.
        let silent = Order { recipient: Some(Address { phone: String::new(), ..recipient() }), ..order() };
        let (record, _) = synced(Some(record), silent);
        assert!(record.has_confirmed_address(), "the same place without its phone");
        let masked = Order { recipient: Some(Address { name: "A** E**".into(), ..recipient() }), ..order() };
        let (record, _) = synced(Some(record), masked);
        assert!(!record.has_confirmed_address(), "nobody confirmed a mask");
        let (record, _) = synced(Some(record), order());
        assert!(record.has_confirmed_address());
        let (record, _) = synced(Some(record), Order { recipient: Some(elsewhere()), ..order() });
        assert!(!record.has_confirmed_address(), "the buyer changed it");
        let (record, _) = synced(Some(record), order());
        assert_eq!((record.has_confirmed_address(), record.overrides.confirmed), (false, None), "for good");
    }
}

#[test]
fn an_address_is_confirmed_only_where_a_label_can_be_made_of_it() {
    use ExceptionKind::{AddressIncomplete, AddressMismatch, PurchaseRefused};
    let blocked = |why, to: Address| {
        let mut record = record(Stage::Blocked { why, label: None });
        record.order.recipient = Some(to);
        record
    };
    let nameless = Address { name: String::new(), ..recipient() };
    let refused = confirm_address(&mut blocked(AddressIncomplete, nameless.clone()), at(10)).unwrap_err();
    assert_eq!(refused.to_string(), "no label can be made for its address: the address has no name");
    let firm = Address { company: Some("Example Ltd".into()), ..nameless };
    assert!(confirm_address(&mut blocked(AddressIncomplete, firm), at(10)).is_ok(), "a firm is enough");
    let of_another_state = Address { state: "OH".into(), ..recipient() };
    let mut mismatch = blocked(AddressMismatch, of_another_state.clone());
    assert!(confirm_address(&mut mismatch, at(10)).is_ok(), "the table has not the last word");
    assert_eq!(confirm_address(&mut mismatch, at(11)), Err(RemedyRefused::AddressConfirmed));
    let hangul = Address { name: "서울특".into(), ..recipient() };
    let unprintable = ExceptionKind::AddressUnprintable;
    assert!(matches!(
        confirm_address(&mut blocked(unprintable, hangul), at(10)),
        Err(RemedyRefused::NoLabelFor(_))
    ));
    let masked = Address { name: "A** E**".into(), ..recipient() };
    assert_eq!(
        confirm_address(&mut blocked(AddressMismatch, masked), at(10)),
        Err(RemedyRefused::AddressHidden)
    );
    let refused = confirm_address(&mut blocked(PurchaseRefused, recipient()), at(10)).unwrap_err();
    assert_eq!(refused.to_string(), "confirm_address does not resolve purchase_refused");

    // A street is corrected whatever the table says of the postal code that TikTok shows.
    let corrected = Address { street1: "9 Oak Street".into(), ..of_another_state.clone() };
    let mut record = blocked(AddressMismatch, of_another_state);
    assert!(correct_address(&mut record, corrected, at(10)).is_ok());
    assert!(record.has_confirmed_address());
}

#[test]
fn a_correction_outlives_a_masked_phone_and_ends_a_confirmation() {
    let mut record = record(Stage::Ready);
    confirm_address(&mut record, at(9)).unwrap();
    correct_address(&mut record, elsewhere(), at(10)).unwrap();
    assert_eq!(record.overrides.confirmed, None);
    let silent = Order { recipient: Some(Address { phone: String::new(), ..recipient() }), ..order() };
    let (record, _) = synced(Some(record), silent);
    assert_eq!(record.order.recipient, Some(elsewhere()));
    let (mut record, _) = synced(Some(record), order());
    // What was corrected can be confirmed, and is when TikTok shows its own again.
    confirm_address(&mut record, at(11)).unwrap();
    let (mut record, _) = synced(Some(record), order());
    assert_eq!((record.has_confirmed_address(), record.order.recipient.clone()), (true, Some(elsewhere())));
    record.forget();
    assert_eq!((record.overrides.confirmed, record.overrides.correction), (None, None));
}

#[test]
fn a_correction_in_letters_that_no_label_prints_is_refused_by_its_field() {
    let hangul = Address { name: "서울특".into(), ..elsewhere() };
    let refused = correct_address(&mut record(Stage::Ready), hangul, at(10)).unwrap_err();
    assert_eq!(refused.to_string(), "the new address has characters in its name that a label cannot print");
}

#[test]
fn urgent_and_acknowledged_orders_say_since_when() {
    let mut record = record(Stage::Ready);
    assert_eq!(acknowledge(&mut record, at(9)), Err(RemedyRefused::NothingOpen));
    record.open_exception(ExceptionKind::CancelRequested, None, "Asked.", at(5));
    assert_eq!(mark_urgent(&mut record, at(10)), Ok(vec![]));
    mark_urgent(&mut record, at(20)).unwrap();
    assert_eq!(record.overrides.urgent_at, Some(at(10)));
    unmark_urgent(&mut record, at(30)).unwrap();
    assert_eq!(record.overrides.urgent_at, None);
    assert_eq!(acknowledge(&mut record, at(40)), Ok(vec![]));
    assert_eq!(record.alarms.acknowledged_at, Some(at(40)));
    let mut shipped = record_of(order(), at(0));
    shipped.shipments.push(uploaded());
    assert_eq!(mark_urgent(&mut shipped, at(10)), Err(RemedyRefused::Uploaded));
}

#[test]
fn a_request_to_cancel_is_answered_by_shipping_once() {
    let asked = Order { cancel_requested: true, ..order() };
    let (mut record, messages) = synced(None, asked.clone());
    assert_eq!((record.shipments[0].stage.name(), messages), ("held", vec![]));
    assert_eq!(refuse_cancellation(&mut record, at(10)), Ok(vec![order_change()]));
    assert_eq!(record.overrides.cancellation_response, Some(CancellationResponse::Ship));
    assert_eq!(refuse_cancellation(&mut record, at(11)), Err(RemedyRefused::NothingToAnswer));
    let (record, messages) = synced(Some(record), asked);
    assert_eq!(record.order.market, Market::united_states());
    assert_eq!((record.shipments[0].stage.name(), messages.len()), ("ready", 1));
}

#[test]
fn remedies_are_named_as_they_are_stored() {
    for remedy in [
        Remedy::MessageBuyer { text: "Hello".into() },
        Remedy::CancelAndRefund { reason: CancelReason::OutOfStock },
        Remedy::RefuseCancellation { reason: None, comment: None },
        Remedy::CorrectAddress { address: elsewhere() },
        Remedy::MarkUrgent,
        Remedy::UnmarkUrgent,
        Remedy::ConfirmAddress,
        Remedy::Hold,
    ] {
        let stored = serde_json::to_value(&remedy).unwrap();
        assert_eq!(stored["action"], remedy.kind().as_str());
        assert_eq!(serde_json::from_value::<Remedy>(stored).unwrap(), remedy);
    }
    for &remedy in RemedyKind::ALL {
        assert_eq!(RemedyKind::from_name(remedy.as_str()), Some(remedy));
    }
    assert_eq!(RemedyKind::from_name("dance"), None);
}

#[test]
fn a_rerate_accepts_the_price_that_was_too_high_and_no_other() {
    let blocked = |why| {
        let mut record = record(Stage::Ready);
        record.block(&task().shipment, why, "told", at(5)).unwrap();
        record.shipments[0].price_too_high = Some(Money::usd(12_000));
        record
    };
    let accepted = |mut record: OrderRecord, decision: Decision| {
        decision(&mut record, at(10)).unwrap();
        (record.shipments[0].price_accepted, record.shipments[0].price_too_high)
    };
    let price = Some(Money::usd(12_000));
    assert_eq!(accepted(blocked(ExceptionKind::PriceTooHigh), rerate), (price, None));
    assert_eq!(accepted(blocked(ExceptionKind::PriceTooHigh), retry), (None, price), "the rules decide");
    assert_eq!(accepted(blocked(ExceptionKind::PriceIncreased), rerate), (None, None));
}

#[test]
fn a_blocked_shipment_has_a_way_out() {
    // `Release` too: an order without stock is held, and released when it is back.
    let ways = [RemedyKind::Retry, RemedyKind::Rerate, RemedyKind::Void, RemedyKind::Release];
    let blocking = ExceptionKind::ALL.iter().filter(|kind| kind.facts().ends == Ends::WhenUnblocked);
    for kind in blocking {
        assert!(kind.remedies().iter().any(|remedy| ways.contains(remedy)), "{}", kind.name());
    }
    for &kind in ExceptionKind::ALL {
        let remedies = kind.remedies();
        assert!(remedies.iter().enumerate().all(|(n, remedy)| !remedies[..n].contains(remedy)));
    }
}

#[test]
fn a_debug_of_a_remedy_shows_no_person() {
    let shown = format!(
        "{:?} {:?}",
        Remedy::MessageBuyer { text: "Dear Ann".into() },
        Remedy::CorrectAddress { address: elsewhere() }
    );
    assert!(!shown.contains("Ann") && !shown.contains("Oak"), "{shown}");
}
