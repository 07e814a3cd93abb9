//! What was stored while the clock was ahead is due, and proves nothing, once the clock is set right.

use domain::PurchaseKey;
use domain::alarm::{Alarm, AlarmKind, AlarmLevel, DeliveryOutcome, RaisedAlarm};
use domain::exception::ExceptionKind;
use domain::purchase::{PurchaseEvent, PurchaseState};
use domain::recipient::{Channel, Language, Recipient};
use domain::record::FRESH_FOR;
use domain::shipment::Shipment;
use domain::stage::Stage;
use domain::{AlarmId, OrderId, Private, RecipientId, ShopId, Timestamp};
use jiff::SignedDuration;

use crate::support::{HOUR, at, chosen, name, record, shipment, stages};

/// How far the clock was ahead.
const AHEAD: i64 = 48 * HOUR;

#[test]
fn a_timer_is_due_in_every_stage() {
    for stage in stages() {
        let mut waiting = shipment(stage.clone());
        waiting.reschedule(at(0));
        assert!(!waiting.mend_times(at(0)), "{}: it was set just now", name(&stage));
        waiting.reschedule(at(AHEAD));
        if waiting.next_check_at.is_none() {
            continue;
        }
        assert!(waiting.mend_times(at(0)), "{}", name(&stage));
        assert_eq!(waiting.next_check_at, Some(at(0)), "{}", name(&stage));
        assert!(!waiting.mend_times(at(0)), "{}: once", name(&stage));
    }
}

#[test]
fn the_longest_pause_is_no_jump_of_the_clock() {
    let mut waiting = shipment(Stage::Ready);
    waiting.reschedule(at(0));
    assert!(waiting.await_turn(std::time::Duration::from_secs(3_600), at(0)));
    assert!(!waiting.mend_times(at(0)));
}

#[test]
fn a_record_from_the_future_is_not_fresh() {
    let mut record = record(Stage::Ready);
    record.synced_at = at(0);
    assert!(record.is_fresh(at(0)) && record.is_fresh(at(-1)), "clocks of two machines differ");
    assert!(!record.is_fresh(at(-60)) && !record.is_fresh(at(-AHEAD)));
    assert!(record.mend_times(at(-AHEAD)));
    assert!(!record.is_fresh(at(-AHEAD)), "it is not known how old it is");
    assert_eq!(record.synced_at, at(-AHEAD) - FRESH_FOR);
}

/// A purchase in flight, claimed at `now`.
fn buying(now: Timestamp) -> Shipment {
    let mut buying = shipment(Stage::Ready);
    let rated = domain::stage::Event::Rate { chosen: Box::new(chosen()), fingerprint: 1 };
    buying.apply(rated, now).unwrap();
    buying.begin_purchase(PurchaseKey::new("key"), chosen(), now).unwrap();
    let lease_until = now + SignedDuration::from_secs(75);
    buying.purchase_event(PurchaseEvent::Start { lease_until }, now).unwrap();
    buying
}

#[test]
fn a_claim_ends_and_an_unknown_purchase_settles_from_now_on() {
    let mut buying = buying(at(AHEAD));
    let purchase = buying.purchase().unwrap();
    assert_eq!(purchase.claimed_until(at(AHEAD)), Some(at(AHEAD + 75)));
    assert_eq!(purchase.claimed_until(at(0)), None, "no claim lasts that long");
    assert!(buying.mend_times(at(0)));
    assert_eq!(buying.next_check_at, Some(at(0)));

    let lost = |at| {
        let event = PurchaseEvent::Lost { why: "no answer".into() };
        (event, at)
    };
    let (event, when) = lost(at(AHEAD));
    buying.purchase_event(event, when).unwrap();
    let (event, when) = lost(at(10));
    buying.purchase_event(event, when).unwrap();
    assert_eq!(buying.purchase().unwrap().state, PurchaseState::Unknown { since: at(10) });
}

fn ann() -> Recipient {
    Recipient {
        id: RecipientId::new("ann"),
        name: None,
        language: Language::English,
        email: Some(Private::from("ann@example.com")),
        phone: None,
        channels: None,
        quiet: None,
        sms_consent: None,
        call_consent: None,
    }
}

#[test]
fn an_alarm_is_sent_whatever_it_waits_for() {
    let (shop, kind) = (ShopId::new("7495"), AlarmKind::Dispatch(AlarmLevel::Day));
    let new = || Alarm::new(shop.clone(), kind, vec![OrderId::new("1")], at(AHEAD));
    let sending = || {
        let mut alarm = new();
        alarm.send_to(vec![OrderId::new("1")], Some(at(AHEAD + 21_600)), &[ann()], at(AHEAD));
        alarm
    };
    let claimed = || {
        let mut alarm = sending();
        let claim = alarm.claim(at(AHEAD)).unwrap();
        assert_eq!(claim.channel, Channel::Email);
        (alarm, claim.delivery)
    };
    let waiting = || {
        let (mut alarm, delivery) = claimed();
        let outcome =
            DeliveryOutcome::NotSent { reason: "busy".into(), after: SignedDuration::from_mins(10) };
        alarm.record_outcome(&delivery, outcome, &[ann()], at(AHEAD));
        alarm
    };
    for (what, mut alarm) in
        [("batching", new()), ("planned", sending()), ("claimed", claimed().0), ("waiting", waiting())]
    {
        assert!(alarm.next_at().is_some_and(|next| next >= at(AHEAD)), "{what}");
        assert!(alarm.mend_times(at(0)), "{what}");
        assert!(alarm.next_at().is_some_and(|next| next <= at(0)), "{what}");
        assert!(!alarm.mend_times(at(0)), "{what}: once");
    }
}

/// An alarm that was raised by the clock that was ahead silences none by the right one.
#[test]
fn an_exception_is_told_after_the_clock_was_set_back() {
    let kind = AlarmKind::Exception(ExceptionKind::Stuck);
    let mut record = record(Stage::Ready);
    let raised = RaisedAlarm { kind, alarm: AlarmId::new("a"), at: at(AHEAD), deadline: None };
    record.alarms.raised.push(raised);
    assert!(record.mend_times(at(0)));
    let later = at(7 * HOUR);
    record.open_exception(ExceptionKind::Stuck, None, "It stays.", later);
    assert!(record.alarms_due(later + SignedDuration::from_mins(10)).contains(&kind));
}
