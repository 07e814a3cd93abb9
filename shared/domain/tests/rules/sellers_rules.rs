//! The seller's rules, the default ones among them.

use domain::Money;
use domain::measure::Weight;
use domain::parcel::Parcel;
use domain::rates::{
    Carrier, Decision, Quote, RateConditions, RateRule, RateRules, ServicePattern, Speed, choose,
};

use crate::filter::{Case, no_rules, quotes};
use crate::support::quote;

fn offers() -> Vec<Quote> {
    vec![
        quote("advantage", Carrier::Usps, "GroundAdvantage", 900, Some(4)),
        quote("priority", Carrier::Usps, "Priority Mail", 1_000, Some(2)),
        quote("ups", Carrier::Ups, "Ground", 950, Some(3)),
        quote("fedex", Carrier::FedEx, "Home Delivery", 940, Some(3)),
        quote("air", Carrier::Ups, "NextDayAir", 4_000, Some(1)),
        quote("dhl", Carrier::DhlEcommerce, "Ground", 800, Some(6)),
    ]
}

fn decide(case: &Case, rules: &RateRules) -> Decision {
    choose(quotes(offers()), &case.request(), rules).unwrap()
}

#[track_caller]
fn check(case: &Case, rules: &RateRules, expect: &str, rule: Option<&str>) {
    let decision = decide(case, rules);
    assert_eq!((decision.chosen.quote.id.as_str(), decision.rule.as_deref()), (expect, rule));
}

fn weighing(ounces: u32) -> Case {
    Case { parcel: Parcel { weight: Weight::ounces(ounces), dimensions: None }, ..Case::default() }
}

#[test]
fn the_default_rules() {
    let rules = RateRules { restrictions: Vec::new(), ..RateRules::built_in().unwrap() };
    check(&weighing(15), &rules, "advantage", Some("light"));
    check(&weighing(16), &rules, "dhl", None);
    check(&weighing(319), &rules, "dhl", None);
    check(&weighing(320), &rules, "fedex", Some("heavy"));
    let expedited = Case { speed: Speed::Expedited, ..weighing(15) };
    check(&expedited, &rules, "priority", Some("expedited"));
}

fn rule(name: &str, when: RateConditions, prefer: &[(Carrier, Option<&str>)]) -> RateRule {
    let prefer = prefer
        .iter()
        .map(|(carrier, service)| ServicePattern { carrier: *carrier, service: service.map(Into::into) })
        .collect();
    RateRule { name: name.into(), when, prefer }
}

fn with(rules: Vec<RateRule>) -> RateRules {
    RateRules { rules, ..no_rules() }
}

#[test]
fn the_first_that_holds_wins() {
    let always = |name: &str, carrier| rule(name, RateConditions::default(), &[(carrier, None)]);
    let both = with(vec![always("first", Carrier::Ups), always("second", Carrier::FedEx)]);
    check(&Case::default(), &both, "ups", Some("first"));
    // The cheapest of what the rule names, whatever the order in which it names them.
    let several = [(Carrier::Ups, Some("NextDayAir")), (Carrier::Ups, Some("Ground"))];
    check(&Case::default(), &with(vec![rule("r", RateConditions::default(), &several)]), "ups", Some("r"));
}

#[test]
fn a_rule_never_keeps_a_parcel_here() {
    let nothing = with(vec![rule("r", RateConditions::default(), &[(Carrier::Amazon, None)])]);
    check(&Case::default(), &nothing, "dhl", None);
    // Nor does it prefer what is out: DHL eCommerce takes 25 lb.
    let dhl = with(vec![rule("r", RateConditions::default(), &[(Carrier::DhlEcommerce, None)])]);
    check(&weighing(25 * 16), &dhl, "dhl", Some("r"));
    check(&weighing(25 * 16 + 1), &dhl, "advantage", None);
}

#[test]
fn conditions() {
    let check = |when: RateConditions, case: &Case, holds: bool| {
        let rules = with(vec![rule("r", when.clone(), &[(Carrier::Ups, Some("NextDayAir"))])]);
        assert_eq!(decide(case, &rules).rule.is_some(), holds, "{when:?}");
    };
    let worth = |cents| Case { value: Some(Money::usd(cents)), ..Case::default() };
    let value = |value_minor_min, value_minor_below| RateConditions {
        value_minor_min,
        value_minor_below,
        ..RateConditions::default()
    };
    check(value(Some(5_000), None), &worth(5_000), true);
    check(value(Some(5_000), None), &worth(4_999), false);
    check(value(None, Some(5_000)), &worth(4_999), true);
    check(value(None, Some(5_000)), &worth(5_000), false);
    check(value(Some(0), None), &Case::default(), false); // no value is known

    let states = |states: &[&str]| RateConditions {
        states: states.iter().map(|s| (*s).into()).collect(),
        ..RateConditions::default()
    };
    check(states(&["CA", "nv"]), &Case::default(), true);
    check(states(&["CA"]), &Case::default(), false);

    let skus = RateConditions { skus: vec!["MUG-RED".into()], ..RateConditions::default() };
    let holding =
        |skus: &[&str]| Case { skus: skus.iter().map(|s| (*s).into()).collect(), ..Case::default() };
    check(skus.clone(), &holding(&["LAMP", "MUG-RED"]), true);
    check(skus.clone(), &holding(&["LAMP"]), false);
    check(skus, &holding(&[]), false);

    let ounces =
        |ounces_min, ounces_below| RateConditions { ounces_min, ounces_below, ..RateConditions::default() };
    check(ounces(Some(16), None), &weighing(16), true);
    check(ounces(Some(17), None), &weighing(16), false);
    check(ounces(None, Some(16)), &weighing(16), false);
    // A slip of the pen in the seller's file is no panic.
    check(ounces(Some(u32::MAX), None), &weighing(16), false);
    check(ounces(None, Some(u32::MAX)), &weighing(16), true);

    let all = RateConditions { speed: Some(Speed::Expedited), ..states(&["NV"]) };
    check(all.clone(), &Case { speed: Speed::Expedited, ..Case::default() }, true);
    check(all, &Case::default(), false);
}

#[test]
fn a_misspelt_rule_is_refused() {
    let text = |condition: &str| {
        format!(
            r#"{{"rules": [{{"name": "r", "when": {{{condition}}}, "prefer": [{{"carrier": "ups"}}]}}],
                "tolerance_percent": 0, "tolerance_minor": 0}}"#
        )
    };
    assert!(serde_json::from_str::<RateRules>(&text(r#""ounces_min": 5"#)).is_ok());
    assert!(serde_json::from_str::<RateRules>(&text(r#""ounces_minimum": 5"#)).is_err());
    assert!(serde_json::from_str::<RateRules>(&text(r#""ounces_min": -5"#)).is_err());
}
