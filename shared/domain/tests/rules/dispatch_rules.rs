//! Rules of dispatch as data: the built-in ones hold, others replace them, wrong ones are refused.

use domain::deadline::{DeadlineSource, DispatchRules, deadline};
use domain::market::Market;
use domain::order::{Order, OrderKind, OrderStatus};
use domain::record::OrderRecord;
use domain::stage::Stage;
use serde_json::{Value, json};

use crate::support::{at, order, record, synced};

fn rule() -> Value {
    json!({
        "market": "DE", "from": "2026-01-01", "source": {"page": "a page", "date": "2026-01-01"}, "late_by": "ready",
        "zone": "Europe/Berlin", "weekend": ["sat", "sun"], "cutoff": "18:00:00",
        "dispatch": {"normal": {"after_payment": 1}},
    })
}

/// A rule with a field set to something else, or its field's field.
fn with(path: &str, value: Value) -> Value {
    let mut rule = rule();
    match path.split_once('.') {
        Some((field, inner)) => rule[field][inner] = value,
        None => rule[path] = value,
    }
    rule
}

fn read(rules: Value, holidays: Value) -> Result<DispatchRules, String> {
    serde_json::from_value(json!({"rules": rules, "holidays": holidays})).map_err(|error| error.to_string())
}

#[track_caller]
fn check_refused(rules: Value, holidays: Value, expect: &str) {
    let error = read(rules, holidays).unwrap_err();
    assert!(error.starts_with(expect), "{error}");
}

#[test]
fn the_built_in_rules_hold() {
    let text = include_str!("../../src/deadline/default_rules.json");
    let written: DispatchRules = serde_json::from_str(text).unwrap();
    assert_eq!(written, DispatchRules::built_in().unwrap());
}

#[test]
fn others_replace_them() {
    let holidays = json!({"DE": {"source": "the law", "dates": ["2026-09-22"]}});
    let rules = read(json!([rule()]), holidays).unwrap();
    // Paid on 2026-09-21.
    let order = Order { market: Market::new("DE"), ..order() };
    let found = deadline(&order, &rules).unwrap();
    assert_eq!(
        (found.at.to_string().as_str(), found.clock),
        ("2026-09-23T16:00:00Z", DeadlineSource::MarketRule)
    );
    let other = deadline(&Order { market: Market::new("US"), ..order }, &rules).unwrap();
    assert_eq!(other.clock, DeadlineSource::PaidPlus72h);
}

#[test]
fn an_error_names_the_entry_and_the_field() {
    let none = || json!({});
    let one = |path: &str, value: Value| json!([rule(), with("market", json!("FR")), with(path, value)]);
    let third = "rule 3 (DE from 2026-01-02): ";
    let dated = |path: &str, value: Value| {
        let mut rules = one(path, value);
        rules[2]["from"] = json!("2026-01-02");
        rules
    };
    check_refused(one("market", json!("usa")), none(), "rule 3 (usa from 2026-01-01): market \"usa\" is not");
    check_refused(
        one("market", json!("UK")),
        none(),
        "rule 3 (UK from 2026-01-01): market \"UK\" is written",
    );
    check_refused(
        one("from", json!("2026-01-01")),
        none(),
        "rule 3 (DE from 2026-01-01): from is out of order: 2026-01-01 after 2026-01-01",
    );
    for (path, value, expect) in [
        ("zone", json!("Europe/Atlantis"), "zone \"Europe/Atlantis\" is not"),
        ("source.page", json!(" "), "source.page must be"),
        ("source.page", json!("One. Two"), "source.page must be"),
        ("source.page", json!("End."), "source.page must be"),
        ("source.page", json!("two\nlines"), "source.page must be"),
        ("weekend", json!(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), "weekend leaves no"),
        ("dispatch.normal", json!({"after_payment": -1}), "dispatch.normal must be 0 to 365 days, but is -1"),
        ("dispatch.pre_order", json!({"after_release": 366}), "dispatch.pre_order must be"),
        ("dispatch.back_order", json!({"after_dispatch": 1}), "dispatch.back_order is a kind of term"),
        ("dispatch.normal", json!({"after_release": 1}), "dispatch.normal counts from a release"),
        (
            "auto_cancel",
            json!({"ready": {"normal": {"after_payment": -2}}}),
            "auto_cancel.ready.normal must be",
        ),
        (
            "auto_cancel",
            json!({"scan": {"back_order": "handling"}}),
            "auto_cancel.scan.back_order is a kind of term",
        ),
    ] {
        check_refused(dated(path, value), none(), &format!("{third}{expect}"));
    }
    let dates = |dates: Value| json!({"GB": {"source": "", "dates": dates}});
    check_refused(
        json!([]),
        dates(json!(["2026-05-04", "2026-05-04"])),
        "holidays of \"GB\": dates are out of order",
    );
    check_refused(
        json!([]),
        json!({"gb": {"source": "", "dates": []}}),
        "holidays of \"gb\": market \"gb\" is not",
    );
    // What has no such form at all is refused by its reader, which names the field or the word.
    check_refused(one("dispatches", json!({})), none(), "unknown field `dispatches`");
    check_refused(one("weekend", json!(["caturday"])), none(), "unknown variant `caturday`");
    assert!(read(one("cutoff", json!("25:00")), none()).is_err());
    assert!(read(dated("order_cutoff", json!("14:00:00")), none()).is_ok());
}

#[test]
fn only_an_order_that_is_read_back_gets_another_deadline() {
    let (mut first, _) = synced(None, order());
    let found = first.deadline.clone();
    assert_eq!(found, deadline(&order(), &DispatchRules::built_in().unwrap()));
    first.refresh_exceptions(at(20));
    assert_eq!(first.deadline, found);
    let (second, _) = synced(Some(first), Order { status: OrderStatus::InTransit, ..order() });
    assert_eq!(second.deadline, None);
}

#[test]
fn a_record_of_the_version_before_is_read() {
    let mut stored = serde_json::to_value(record(Stage::Ready)).unwrap();
    stored["deadline"] =
        json!({"at": at(5), "clock": "paid_plus72h", "cancelled_at": null, "why": "72 h after payment."});
    let fields = [
        "buyer",
        "kind",
        "handling",
        "released_at",
        "is_sample",
        "is_replacement",
        "cancel_requested_at",
        "ready_at",
        "collected_at",
        "delivered_at",
        "cancelled_at",
    ];
    for field in fields {
        // One that says nothing is not stored.
        stored["order"].as_object_mut().unwrap().remove(field);
    }
    stored["order"]["clocks"].as_object_mut().unwrap().remove("delivery_or_cancelled");
    let read: OrderRecord = serde_json::from_value(stored).unwrap();
    assert_eq!(read.order, order());
    assert_eq!(read.deadline.map(|deadline| (deadline.at, deadline.cancellation)), Some((at(5), None)));
}

#[test]
fn kinds_come_back_as_they_were() {
    for kind in [
        "NORMAL",
        "PRE_ORDER",
        "MADE_TO_ORDER",
        "BACK_ORDER",
        "AUCTION",
        "ZERO_LOTTERY",
        "VIRTUAL_ORDER",
        "RAFFLE",
    ] {
        let read: OrderKind = serde_json::from_value(json!(kind)).unwrap();
        assert_eq!(matches!(read, OrderKind::Unknown(_)), kind == "RAFFLE");
        assert_eq!(serde_json::to_value(read).unwrap(), json!(kind));
    }
}
