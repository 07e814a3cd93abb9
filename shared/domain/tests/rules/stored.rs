//! What is stored or sent comes back as it was.

use std::fmt::Debug;
use std::time::Duration;

use domain::AccountId;
use domain::exception::ExceptionKind;
use domain::message::{ChangeSource, Message};
use domain::order::OrderStatus;
use domain::rates::{
    Candidate, Carrier, CarrierMessage, Decision, Ineligible, NoEligibleRate, RateRules, Silence,
    SilentAccount, Verdict,
};
use domain::record::OrderRecord;
use domain::retry::Retry;
use domain::stage::{Event, LabelFileState, Stage};
use jiff::civil::date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::support::{
    at, chosen, label, name, purchase, purchase_states, quote, record, stages, statuses, synced, task,
};

#[track_caller]
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
    // The backends keep values inside values.
    let tree = serde_json::to_value(value).unwrap();
    assert_eq!(&serde_json::from_value::<T>(tree).unwrap(), value);
}

#[test]
fn an_order_in_every_stage() {
    for stage in stages() {
        for status in statuses() {
            let mut record = record(stage.clone());
            record.order.status = status;
            record.shipments[0].ledger = purchase_states().map(purchase).into();
            record.shipments[0].record_failure("down".into(), Duration::ZERO, 0, at(0));
            record.open_exception(ExceptionKind::Stuck, Some(&task().shipment), "told", at(0));
            record.open_exception(ExceptionKind::NotSupported, None, "told", at(0));
            record.refresh_exceptions(at(1));
            check(&record);
        }
        if let Ok(kept) = stage.after(Event::KeepFile { name: "5770-1.pdf".into() }) {
            check(&kept);
        }
    }
    check(&synced(None, crate::support::order()).0);
}

#[test]
fn a_stage_is_stored_under_its_name() {
    for stage in stages() {
        let stored = serde_json::to_value(&stage).unwrap();
        assert_eq!(stored["stage"], stage.name(), "{}", name(&stage));
    }
    let fingerprint = u64::MAX;
    check(&Stage::Rated { chosen: chosen(), fingerprint });
    check(&LabelFileState::Kept { name: "5770-1.pdf".into() });
    check(&label());
}

fn refusals() -> Vec<Ineligible> {
    vec![
        Ineligible::NotEnabled,
        Ineligible::UnknownService,
        Ineligible::OtherCurrency,
        Ineligible::Free,
        Ineligible::NotDeliveredThere { place: domain::address::Place::PoBox },
        Ineligible::CustomsFormNeeded,
        Ineligible::TooHeavy,
        Ineligible::TooLong,
        Ineligible::TooLarge,
        Ineligible::OtherPackaging,
        Ineligible::NotTakenByTikTok { since: date(2025, 10, 27) },
        Ineligible::TooSlow { arrives: date(2026, 9, 30) },
        Ineligible::DaysUnknown,
    ]
}

fn candidates() -> Vec<Candidate> {
    let verdicts = [Verdict::Chosen, Verdict::Eligible].into_iter();
    verdicts
        .chain(refusals().into_iter().map(Verdict::Ineligible))
        .map(|verdict| Candidate {
            quote: quote("rate_1", Carrier::FedEx, "2Day", 900, None),
            billable_pounds: 3,
            arrives: None,
            verdict,
        })
        .collect()
}

fn silent() -> Vec<SilentAccount> {
    vec![SilentAccount { account: AccountId::default_of("ups"), why: Silence::TimedOut }]
}

/// The backend stores a decision in an enum with a tag, as here.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
enum Outcome {
    Chosen { decision: Decision },
    None { candidates: Vec<Candidate> },
    Bare(Decision),
}

#[test]
fn a_decision_with_every_verdict() {
    for candidate in candidates() {
        check(&candidate.verdict);
    }
    assert_eq!(
        serde_json::to_value(Verdict::Ineligible(Ineligible::TooHeavy)).unwrap(),
        json!({"verdict": "ineligible", "kind": "too_heavy"})
    );
    let messages = vec![CarrierMessage { carrier: "DhlEcs".into(), text: "no rate".into() }];
    let decision = Decision {
        chosen: chosen(),
        candidates: candidates(),
        messages: messages.clone(),
        incomplete: silent(),
        rule: Some("light".into()),
        arrives_late: true,
    };
    check(&NoEligibleRate { candidates: candidates(), messages, incomplete: silent() });
    check(&Outcome::Chosen { decision: decision.clone() });
    check(&Outcome::None { candidates: candidates() });
    check(&Outcome::Bare(decision));
    check(&RateRules::built_in().unwrap());
}

#[test]
fn every_message() {
    let key = task().key;
    for source in [ChangeSource::Webhook, ChangeSource::Poll, ChangeSource::Timer] {
        check(&Message::order_change(key.clone(), source));
    }
    for message in
        [Message::RateRequest(task()), Message::LabelRequest(task()), Message::TrackingUpload(task())]
    {
        check(&message);
        let queue = message.queue();
        assert_eq!(serde_json::to_value(queue).unwrap(), json!(queue.name()));
    }
    assert_eq!(
        serde_json::to_value(Message::RateRequest(task())).unwrap(),
        json!({"kind": "rate_request", "shop": "shop", "order": "5770", "shipment": "5770-1"})
    );
    assert_eq!(
        serde_json::to_value(Message::order_change(key, ChangeSource::Poll)).unwrap(),
        json!({"kind": "order_change", "shop": "shop", "order": "5770", "source": "poll"})
    );
}

#[test]
fn the_small_ones() {
    for state in purchase_states() {
        check(&state);
        assert_eq!(serde_json::to_value(&state).unwrap()["state"], state.name());
    }
    for status in statuses() {
        check(&status);
    }
    for retry in [Retry::After(Duration::from_millis(1_500)), Retry::Never, Retry::Reconcile] {
        check(&retry);
    }
    assert_eq!(serde_json::to_value(OrderStatus::OnHold).unwrap(), json!("ON_HOLD"));
    assert!(serde_json::from_value::<domain::Currency>(json!("DOLLAR")).is_err());
}

#[test]
fn what_is_broken_is_an_error_and_no_panic() {
    let whole = serde_json::to_string(&record(Stage::Labelled { label: label() })).unwrap();
    for end in (0..whole.len()).step_by(7).filter(|end| whole.is_char_boundary(*end)) {
        assert!(serde_json::from_str::<OrderRecord>(&whole[..end]).is_err());
    }
    assert!(serde_json::from_value::<Stage>(json!({"stage": "teleported"})).is_err());
}
