//! Labels that would be bought in vain are not bought: TikTok's rules and providers, and what was refused before.

use domain::exception::ExceptionKind;
use domain::rates::{
    Carrier, Ineligible, NoEligibleRate, Quote, RateRules, RefusalEvent, RefusalStreaks, RefusedBy,
    RefusedLabel, Service, choose,
};
use domain::shop::SellerType;
use domain::{CarrierAccountId, Money, OrderId};
use jiff::civil::date;

use crate::filter::{Case, advantage, check_with, ground, no_rules, published, quotes};
use crate::support::{HOUR, at, quote};

fn check(quote: Quote, case: &Case, expect: Option<Ineligible>) {
    check_with(quote, case, &no_rules(), expect);
}

fn next_day() -> Quote {
    quote("rate_9", Carrier::Ups, "NextDayAir", 3_000, Some(1))
}

#[test]
fn no_own_usps_label_is_bought_for_an_order_of_the_united_states() {
    let case = |seller, ship_on| Case { seller, ship_on, ..Case::default() };
    let refused = |since| Some(Ineligible::NotTakenByTikTok { since });
    let local = SellerType::Local;
    check_with(advantage(), &case(local, date(2025, 12, 31)), &published(), None);
    let since = date(2026, 1, 1);
    check_with(advantage(), &case(local, since), &published(), refused(since));
    check_with(ground(), &case(local, since), &published(), None);
    // The seller may know better: the list is a setting.
    check_with(advantage(), &case(local, since), &no_rules(), None);
}

#[test]
fn only_carriers_with_a_provider_are_bought() {
    let listed = |carriers| Case { carriers, ..Case::default() };
    check(ground(), &listed(Some(vec![Carrier::Ups])), None);
    check(ground(), &listed(Some(vec![Carrier::FedEx])), Some(Ineligible::NoProvider));
    check(ground(), &listed(Some(Vec::new())), Some(Ineligible::NoProvider));
    check(ground(), &listed(None), Some(Ineligible::NoDeliveryOption));
}

fn refused_by(by: RefusedBy) -> RefusedLabel {
    RefusedLabel {
        by,
        service: Service::new(Carrier::Ups, "Ground"),
        billed_to: CarrierAccountId::new("ca_1"),
        fingerprint: 1,
        kind: ExceptionKind::PurchaseRefused,
        reason: "The carrier refused.".into(),
    }
}

#[test]
fn what_was_refused_for_the_order_is_not_bought_again() {
    let case = |label| Case { refused: vec![label], ..Case::default() };
    let out = |by| Some(Ineligible::RefusedBefore { by, reason: "The carrier refused.".into() });
    let by_carrier = case(refused_by(RefusedBy::Carrier));
    check(ground(), &by_carrier, out(RefusedBy::Carrier));
    check(next_day(), &by_carrier, None);
    let elsewhere = Quote { billed_to: CarrierAccountId::new("ca_2"), ..ground() };
    check(elsewhere.clone(), &by_carrier, None);
    let other_parcel = case(RefusedLabel { fingerprint: 2, ..refused_by(RefusedBy::Carrier) });
    check(ground(), &other_parcel, None);

    // TikTok refuses the carrier, whatever its service, account and parcel.
    let by_tiktok = case(RefusedLabel { fingerprint: 2, ..refused_by(RefusedBy::TikTok) });
    for ups in [ground(), next_day(), elsewhere] {
        check(ups, &by_tiktok, out(RefusedBy::TikTok));
    }
    check(advantage(), &by_tiktok, None);
}

#[test]
fn a_label_does_not_become_dearer_than_it_may() {
    let case = Case { price_limit: Some(Money::usd(899)), ..Case::default() };
    check(ground(), &case, Some(Ineligible::OverPriceLimit { limit: Money::usd(899) }));
    check(advantage(), &case, None);
    // The tolerance is not granted a second time.
    let rules = RateRules { tolerance_minor: 5_000, ..no_rules() };
    let decision = choose(quotes(vec![advantage()]), &case.request(), &rules).unwrap();
    assert_eq!(decision.chosen.limit, Money::usd(899));
}

/// The streaks after these refusals, each at its second. How many stopped the buying.
fn streaks(refusals: &[(RefusedBy, &str, &str, i64)]) -> (RefusalStreaks, usize) {
    let mut streaks = RefusalStreaks::default();
    let mut stops = 0;
    for (by, account, code, seconds) in refusals {
        let account = CarrierAccountId::new(*account);
        // Each second another order.
        let order = OrderId::new(seconds.to_string());
        let refusal = RefusalEvent {
            by: *by,
            carrier: Carrier::Ups,
            billed_to: &account,
            order: &order,
            code,
            reason: "Not today.",
        };
        stops += usize::from(streaks.refused(&refusal, at(*seconds)).is_some());
    }
    (streaks, stops)
}

#[test]
fn three_equal_refusals_in_a_row_stop_the_buying() {
    use RefusedBy::{Carrier as C, TikTok as T};
    let stops = |refusals: &[(RefusedBy, &str, &str, i64)]| streaks(refusals).1;
    assert_eq!(stops(&[(C, "a", "x", 0), (C, "a", "x", 1)]), 0);
    assert_eq!(stops(&[(C, "a", "x", 0), (C, "a", "x", 1), (C, "a", "x", 2)]), 1);
    assert_eq!(stops(&[(C, "a", "x", 0), (C, "a", "x", 1), (C, "b", "x", 2)]), 0, "another account");
    assert_eq!(stops(&[(C, "a", "x", 0), (C, "a", "y", 1), (C, "a", "x", 2)]), 0, "another reason");
    assert_eq!(stops(&[(C, "a", "x", 0), (C, "a", "x", 1), (T, "a", "x", 2)]), 0, "by somebody else");
    assert_eq!(
        stops(&[(T, "a", "x", 0), (T, "b", "x", 1), (T, "c", "x", 2)]),
        1,
        "accounts are one to TikTok"
    );
    assert_eq!(stops(&[(C, "a", "x", 0), (C, "a", "x", 0), (C, "a", "x", 0)]), 0, "one order");
    // What was under way when the buying stopped says it once only.
    let many: Vec<_> = (0..20).map(|n| (C, "a", "x", n)).collect();
    assert_eq!(stops(&many), 1);
    // A pause later one label is tried; when it is refused, the buying stops again.
    assert_eq!(stops(&[(C, "a", "x", 0), (C, "a", "x", 1), (C, "a", "x", 2), (C, "a", "x", 2 + HOUR)]), 2);
}

#[test]
fn a_stopped_carrier_is_left_out_until_its_pause_ends_or_a_person_retries() {
    let three = [-300, -200, -100].map(|seconds| (RefusedBy::Carrier, "ca_1", "x", seconds));
    let case = |retried_at| Case { streaks: streaks(&three).0, retried_at, ..Case::default() };
    let out = Some(Ineligible::Stopped { by: RefusedBy::Carrier, reason: "Not today.".into() });
    check(ground(), &case(None), out.clone());
    check(next_day(), &case(None), out.clone());
    check(advantage(), &case(None), None);
    check(Quote { billed_to: CarrierAccountId::new("ca_2"), ..ground() }, &case(None), None);
    check(ground(), &case(Some(at(-150))), out);
    check(ground(), &case(Some(at(-50))), None);

    let over = |by, ago: i64| {
        let three = [0, 1, 2].map(|n| (by, "ca_1", "x", n - ago - 2));
        Case { streaks: streaks(&three).0, ..Case::default() }
    };
    check(ground(), &over(RefusedBy::Carrier, HOUR), None);
    check(ground(), &over(RefusedBy::TikTok, 24 * HOUR), None);
    let out = Some(Ineligible::Stopped { by: RefusedBy::TikTok, reason: "Not today.".into() });
    check(ground(), &over(RefusedBy::TikTok, 23 * HOUR), out);
}

#[test]
fn an_accepted_label_ends_the_row() {
    let account = CarrierAccountId::new("ca_1");
    let three = [0, 1, 2].map(|seconds| (RefusedBy::Carrier, "ca_1", "x", seconds));
    let (mut streaks, _) = streaks(&three);
    assert!(!streaks.accepted(RefusedBy::TikTok, Carrier::Ups, &account));
    assert!(!streaks.accepted(RefusedBy::Carrier, Carrier::FedEx, &account));
    assert!(!streaks.is_empty());
    assert!(streaks.accepted(RefusedBy::Carrier, Carrier::Ups, &account));
    assert!(streaks.is_empty());
}

#[test]
fn old_refusals_are_forgotten() {
    let (mut streaks, _) = streaks(&[(RefusedBy::TikTok, "ca_1", "x", 0)]);
    streaks.forget_old(at(7 * 24 * HOUR - 1));
    assert!(!streaks.is_empty());
    streaks.forget_old(at(7 * 24 * HOUR));
    assert!(streaks.is_empty());
}

#[test]
fn the_exception_names_what_a_person_can_do_something_about() {
    let check = |offers: Vec<Quote>, case: &Case, expect| {
        let request = case.request();
        let unrated: NoEligibleRate = choose(quotes(offers), &request, &published()).unwrap_err();
        assert_eq!(unrated.kind(&request.constraints), expect);
    };
    use ExceptionKind as K;
    let flat = Quote { packaging: Some("Box".into()), ..ground() };
    check(vec![], &Case::default(), K::NoRate);
    check(vec![flat.clone()], &Case::default(), K::NoRate);
    check(vec![flat.clone(), advantage()], &Case::default(), K::LabelNotAccepted);
    let unlisted = Case { carriers: Some(Vec::new()), ..Case::default() };
    check(vec![flat.clone(), ground()], &unlisted, K::ProviderUnknown);
    check(vec![advantage(), ground()], &unlisted, K::ProviderUnknown);
    let address = RefusedLabel { kind: K::AddressUndeliverable, ..refused_by(RefusedBy::Carrier) };
    check(vec![ground()], &Case { refused: vec![address], ..Case::default() }, K::AddressUndeliverable);
    let carrier = refused_by(RefusedBy::Carrier);
    check(
        vec![ground(), advantage()],
        &Case { refused: vec![carrier], ..Case::default() },
        K::PurchaseRefused,
    );
    let tiktok = refused_by(RefusedBy::TikTok);
    check(vec![ground()], &Case { refused: vec![tiktok], ..Case::default() }, K::LabelNotAccepted);
    let dear = Case { price_limit: Some(Money::usd(1)), ..Case::default() };
    check(vec![ground(), advantage()], &dear, K::PriceIncreased);
    let absurd = Quote { cost: Money::usd(99_999_999_999), ..ground() };
    check(vec![absurd, flat], &Case::default(), K::PriceTooHigh);
}
