//! The ledger: every event in every state, and what the shipment makes of it.

use domain::purchase::{Purchase, PurchaseEvent, PurchaseState};
use domain::shipment::TransitionError;
use domain::stage::{Event, PurchaseIntent, Stage};
use domain::{PurchaseKey, Timestamp};

use crate::support::{at, chosen, label, purchase, purchase_events, purchase_states, shipment};

/// What each state becomes by each event that is legal in it; every other pair is illegal.
const LEGAL: [(&str, &[(&str, &str)]); 5] = [
    ("intended", &[("start", "in_flight"), ("rejected", "rejected"), ("bought", "bought")]),
    (
        "in_flight",
        &[("not_sent", "intended"), ("bought", "bought"), ("rejected", "rejected"), ("lost", "unknown")],
    ),
    ("bought", &[]),
    ("rejected", &[]),
    (
        "unknown",
        &[
            ("bought", "bought"),
            ("lost", "unknown"),
            ("proven_absent", "intended"),
            ("ruled_out", "intended"),
        ],
    ),
];

fn expected(state: &str, event: &str) -> Option<&'static str> {
    let (_, legal) = LEGAL.iter().find(|(name, _)| *name == state).unwrap();
    legal.iter().find(|(name, _)| *name == event).map(|(_, next)| *next)
}

#[test]
fn every_event_in_every_state() {
    for state in purchase_states() {
        for event in purchase_events() {
            let pair = format!("{} in {}", event.name(), state.name());
            let before = purchase(state.clone());
            let mut after = before.clone();
            let taken = after.apply(event.clone(), at(5));
            let name = taken.is_ok().then(|| after.state.name());
            assert_eq!(name, expected(state.name(), event.name()), "{pair}");
            if let Err(illegal) = taken {
                assert_eq!(after, before, "{pair}: what is refused changes nothing");
                let text = format!("{} is illegal for a purchase in state {}", event.name(), state.name());
                assert_eq!(illegal.to_string(), text);
            }
        }
    }
}

#[test]
fn nothing_is_bought_from_unknown() {
    for event in purchase_events() {
        let mut purchase = purchase(PurchaseState::Unknown { since: at(0) });
        let _ = purchase.apply(event.clone(), at(5));
        assert!(!matches!(purchase.state, PurchaseState::InFlight { .. }), "{event:?}");
        assert_eq!(purchase.attempts, 1, "{event:?}");
    }
}

#[test]
fn a_sale_that_nobody_asked_for_is_not_believed() {
    let mut purchase = Purchase::intend(PurchaseKey::new("key"), chosen());
    assert!(purchase.apply(PurchaseEvent::Bought, at(0)).is_err());
}

#[test]
fn every_start_is_counted() {
    let mut purchase = Purchase::intend(PurchaseKey::new("key"), chosen());
    for attempt in 1..=3 {
        purchase.apply(PurchaseEvent::Start { lease_until: at(75) }, at(0)).unwrap();
        assert_eq!(purchase.attempts, attempt);
        purchase.apply(PurchaseEvent::NotSent { why: String::new() }, at(1)).unwrap();
    }
    purchase.attempts = u32::MAX;
    purchase.apply(PurchaseEvent::Start { lease_until: at(75) }, at(0)).unwrap();
    assert_eq!(purchase.attempts, u32::MAX);
}

#[test]
fn the_time_of_not_knowing_is_that_of_the_first_loss() {
    let mut purchase = purchase(PurchaseState::InFlight { lease_until: at(75) });
    purchase.apply(PurchaseEvent::Lost { why: String::new() }, at(80)).unwrap();
    purchase.apply(PurchaseEvent::Lost { why: String::new() }, at(300)).unwrap();
    assert_eq!(purchase.state, PurchaseState::Unknown { since: at(80) });
}

#[test]
fn a_shipment_has_one_live_purchase() {
    for state in purchase_states() {
        let is_live = purchase(state.clone()).is_live();
        let mut shipment = shipment(Stage::Rated { chosen: chosen(), fingerprint: 1 });
        shipment.ledger.push(purchase(state.clone()));
        let before = shipment.clone();
        let begun = shipment.begin_purchase(PurchaseKey::new("second"), chosen(), at(0));
        if is_live {
            assert_eq!(begun, Err(TransitionError::SecondPurchase(before.id.clone())), "{state:?}");
            assert_eq!(shipment, before);
        } else {
            assert_eq!(begun, Ok(()), "{state:?}");
            assert_eq!(shipment.ledger.iter().filter(|p| p.is_live()).count(), 1);
            assert_eq!(shipment.purchase().map(|p| &p.key), Ok(&PurchaseKey::new("second")));
        }
    }
}

#[test]
fn a_purchase_begins_from_a_rate_only() {
    for stage in crate::support::stages() {
        let rated = matches!(stage, Stage::Rated { .. });
        let mut shipment = shipment(stage.clone());
        shipment.ledger.clear();
        let begun = shipment.begin_purchase(PurchaseKey::new("key"), chosen(), at(0));
        assert_eq!(begun.is_ok(), rated, "{}", stage.name());
        assert_eq!(shipment.ledger.len(), usize::from(rated), "{}", stage.name());
    }
}

#[test]
fn a_shipment_does_not_leave_a_purchase_that_may_be_paid() {
    let ends = || [Event::PurchaseFailed, Event::Block { why: EXCEPTION }, bought()];
    for intent in [PurchaseIntent::Ship, PurchaseIntent::Void] {
        for state in purchase_states() {
            for event in ends() {
                let mut shipment = shipment(Stage::Buying { intent, fingerprint: 1 });
                shipment.ledger = vec![purchase(state.clone())];
                let case = format!("{intent:?} {state:?} {}", event.name());
                let left = shipment.apply(event, at(5));
                if purchase(state.clone()).is_live() {
                    assert_eq!(left, Err(TransitionError::PurchaseOpen(shipment.id.clone())), "{case}");
                    assert_eq!(shipment.stage, Stage::Buying { intent, fingerprint: 1 }, "{case}");
                } else {
                    assert_eq!(left, Ok(()), "{case}");
                }
            }
        }
    }
}

#[test]
fn without_a_live_purchase_the_ledger_takes_nothing() {
    for state in
        [PurchaseState::Bought { at: at(0) }, PurchaseState::Rejected { at: at(0), reason: "".into() }]
    {
        for event in purchase_events() {
            let mut shipment = shipment(Stage::Labelled { label: label() });
            shipment.ledger = vec![purchase(state.clone())];
            let refused = shipment.purchase_event(event, at(1));
            assert_eq!(refused, Err(TransitionError::NoPurchase(shipment.id.clone())));
        }
    }
}

#[test]
fn the_timer_of_a_purchase_under_way_is_not_before_its_lease() {
    let lease_until = at(300);
    let check =
        |next_check_at: Option<Timestamp>, case: &str| assert_eq!(next_check_at, Some(lease_until), "{case}");
    let mut shipment = shipment(Stage::Rated { chosen: chosen(), fingerprint: 1 });
    shipment.begin_purchase(PurchaseKey::new("key"), chosen(), at(0)).unwrap();
    shipment.purchase_event(PurchaseEvent::Start { lease_until }, at(0)).unwrap();
    check(shipment.next_check_at, "started");
    shipment.apply(Event::Cancel, at(1)).unwrap();
    check(shipment.next_check_at, "cancelled");
    shipment.record_failure("down".into(), std::time::Duration::ZERO, 0, at(2));
    check(shipment.next_check_at, "put off");
    shipment.purchase_event(PurchaseEvent::Lost { why: String::new() }, at(3)).unwrap();
    assert_eq!(shipment.next_check_at, Some(at(93)));
}

const EXCEPTION: domain::exception::ExceptionKind = domain::exception::ExceptionKind::PurchaseRefused;

fn bought() -> Event {
    Event::Label { label: Box::new(label()) }
}

#[test]
fn the_journal_says_what_was_done_and_answered() {
    let key = PurchaseKey::new("4f1c0a2e-93d5-4b7a-8c11-000000000000");
    let mut purchase = Purchase::intend(key, chosen());
    let start = |at_second: i64| PurchaseEvent::Start { lease_until: at(at_second + 75) };
    let lost = PurchaseEvent::Lost { why: "no answer came".into() };
    for (second, event) in [(0, start(0)), (2, lost), (70, PurchaseEvent::ProvenAbsent), (71, start(71))] {
        purchase.apply(event, at(second)).unwrap();
    }
    assert_eq!((purchase.sent_at, purchase.attempts), (Some(at(71)), 2));
    let time = |second: i64| at(second).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let expect = format!(
        "USPS Ground Advantage for 6.07 USD at ups:default, reference 4F1C0A2E93D54B7A: {} asked to sell; {} no clear \
         answer (no answer came); {} shows no purchase; {} asked to sell",
        time(0),
        time(2),
        time(70),
        time(71)
    );
    assert_eq!(purchase.pretty(), expect);
    let before = purchase.clone();
    assert!(purchase.apply(PurchaseEvent::ProvenAbsent, at(72)).is_err());
    assert_eq!(purchase, before, "what is refused is not noted either");
}

#[test]
fn the_journal_is_bounded_and_keeps_its_beginning() {
    let mut purchase = Purchase::intend(PurchaseKey::new("key"), chosen());
    for attempt in 0..50 {
        purchase.apply(PurchaseEvent::Start { lease_until: at(1_000) }, at(attempt * 2)).unwrap();
        let why = "x".repeat(1_000);
        purchase.apply(PurchaseEvent::NotSent { why }, at(attempt * 2 + 1)).unwrap();
    }
    let times: Vec<_> = purchase.journal.iter().map(|entry| entry.at).collect();
    assert_eq!((times.len(), times.first(), times.last()), (10, Some(&at(0)), Some(&at(99))));
    assert!(serde_json::to_string(&purchase.journal).unwrap().len() < 2_000);
}
